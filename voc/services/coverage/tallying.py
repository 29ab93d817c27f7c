"""How far everybody is heard, counted over the whole book in a few statements; pages read what is kept here."""

import datetime as dt

from django.db import connection, transaction

from accounts.models import Persona
from team.clock import now, today
from voc.models import AskingTally, CoverageTally, ListeningCell, ListeningFinding

DAYS = dt.timedelta(days=1)
# One at a time: the second one finds the first's work done.
LOCK = 7_301_442
OFTEN = 12
NEVER_ASKED = 3
RENEWAL_DAYS = 180

# Who was heard when over which channel, per account and persona.
HEARD = """
CREATE TEMPORARY TABLE heard ON COMMIT DROP AS
SELECT account_id, persona, channel, max(at) AS at FROM (
    SELECT response.account_id, contact.persona, 'survey' AS channel, response.submitted_at AS at
    FROM voc_response response JOIN accounts_contact contact ON contact.id = response.contact_id
    WHERE response.state = 'confirmed' AND response.submitted_at > %(since)s
    UNION ALL
    SELECT touch.account_id, contact.persona,
        CASE touch.kind WHEN 'mail' THEN 'mail' WHEN 'chat' THEN 'mail' WHEN 'community' THEN 'public'
            ELSE 'call' END,
        touch.occurred_at
    FROM accounts_touchpoint touch
    JOIN accounts_touchpointcontact seat ON seat.touchpoint_id = touch.id
    JOIN accounts_contact contact ON contact.id = seat.contact_id
    WHERE touch.occurred_at > %(since)s AND touch.occurred_at <= %(now)s AND touch.deleted_at IS NULL
      AND NOT touch.is_automated AND touch.direction IN ('in', 'two_way')
      AND touch.kind IN ('call', 'meeting', 'event', 'mail', 'chat', 'community')
    UNION ALL
    SELECT ticket.account_id, contact.persona, 'ticket', ticket.opened_at
    FROM accounts_ticket ticket JOIN accounts_contact contact ON contact.id = ticket.contact_id
    WHERE ticket.opened_at > %(since)s AND ticket.opened_at <= %(now)s AND ticket.deleted_at IS NULL
    UNION ALL
    SELECT feedback.account_id, contact.persona,
        CASE WHEN feedback.source IN ('survey', 'link') THEN 'survey' WHEN feedback.source = 'ticket' THEN 'ticket'
            WHEN feedback.source IN ('mail', 'chat') THEN 'mail'
            WHEN feedback.source IN ('review', 'social', 'community') THEN 'public' ELSE 'call' END,
        feedback.received_at
    FROM voc_feedback feedback JOIN accounts_contact contact ON contact.id = feedback.contact_id
    WHERE feedback.received_at > %(since)s AND feedback.received_at <= %(now)s AND feedback.account_id IS NOT NULL
      AND feedback.source <> 'import'
) voice WHERE persona <> '' GROUP BY account_id, persona, channel
"""

# Every account stands in the cells of its stage, known person or not: where nobody is known we are deaf.
COVERAGE = """
INSERT INTO voc_coveragetally (persona, stage, channel, csm_id, accounts, known, heard_90, heard_180, arr, arr_90,
    arr_180, counted_at)
WITH book AS (
    SELECT account.id, account.csm_id, summary.stage, summary.arr
    FROM accounts_account account JOIN accounts_accountsummary summary ON summary.account_id = account.id
    WHERE account.deleted_at IS NULL AND summary.stage <> ''
), whole AS (
    SELECT csm_id, stage, count(*) AS accounts, sum(arr) AS arr FROM book GROUP BY csm_id, stage
), known AS (
    SELECT book.csm_id, book.stage, contact.persona, count(DISTINCT book.id) AS accounts
    FROM book JOIN accounts_contact contact ON contact.account_id = book.id
    WHERE contact.deleted_at IS NULL AND contact.status = 'active' AND contact.persona <> ''
    GROUP BY book.csm_id, book.stage, contact.persona
), heard_of AS (
    SELECT book.csm_id, book.stage, heard.persona, heard.channel,
        count(*) FILTER (WHERE heard.at > %(quarter)s) AS heard_90, count(*) AS heard_180,
        coalesce(sum(book.arr) FILTER (WHERE heard.at > %(quarter)s), 0) AS arr_90, sum(book.arr) AS arr_180
    FROM heard JOIN book ON book.id = heard.account_id
    GROUP BY book.csm_id, book.stage, heard.persona, heard.channel
)
SELECT role.persona, whole.stage, way.channel, whole.csm_id, whole.accounts, coalesce(known.accounts, 0),
    coalesce(heard_90, 0), coalesce(heard_180, 0), whole.arr, coalesce(arr_90, 0), coalesce(arr_180, 0), %(now)s
FROM whole
CROSS JOIN unnest(%(personas)s::text[]) AS role(persona)
CROSS JOIN unnest(%(channels)s::text[]) AS way(channel)
LEFT JOIN known ON known.csm_id IS NOT DISTINCT FROM whole.csm_id AND known.stage = whole.stage
    AND known.persona = role.persona
LEFT JOIN heard_of ON heard_of.csm_id IS NOT DISTINCT FROM whole.csm_id AND heard_of.stage = whole.stage
    AND heard_of.persona = role.persona AND heard_of.channel = way.channel
"""

# Mails to each person in a year, and how many of the surveys asked were answered, now and before. Without anonymous
# ones: nobody knows who answered them.
ASKING = """
CREATE TEMPORARY TABLE asked_people ON COMMIT DROP AS
SELECT contact.id, contact.account_id, contact.persona, account.csm_id,
    coalesce(sends.mails, 0) AS mails, coalesce(sends.surveys, 0) AS surveys,
    coalesce(asks.asked, 0) AS asked, coalesce(asks.answered, 0) AS answered,
    coalesce(asks.asked_now, 0) AS asked_now, coalesce(asks.answered_now, 0) AS answered_now
FROM accounts_contact contact
JOIN accounts_account account ON account.id = contact.account_id AND account.deleted_at IS NULL
LEFT JOIN (
    SELECT contact_id, count(*) AS mails, count(*) FILTER (WHERE kind IN ('survey', 'reminder')) AS surveys
    FROM accounts_contactsend WHERE sent_at > %(year)s AND sent_at <= %(now)s GROUP BY contact_id
) sends ON sends.contact_id = contact.id
LEFT JOIN (
    SELECT contact_id, count(*) AS asked, count(*) FILTER (WHERE state = 'answered') AS answered,
        count(*) FILTER (WHERE voc_invitation.created_at > %(since)s) AS asked_now,
        count(*) FILTER (WHERE voc_invitation.created_at > %(since)s AND state = 'answered') AS answered_now
    FROM voc_invitation
    JOIN voc_surveyversion version ON version.id = voc_invitation.version_id
    JOIN voc_survey survey ON survey.id = version.survey_id AND NOT survey.is_anonymous
    WHERE voc_invitation.created_at > %(year)s AND state IN ('sent', 'answered', 'expired', 'declined')
    GROUP BY contact_id
) asks ON asks.contact_id = contact.id
WHERE contact.deleted_at IS NULL AND contact.status = 'active'
"""
ASKING_TALLY = """
INSERT INTO voc_askingtally (persona, csm_id, people, written_to, mails, surveys, often, asked_now, answered_now,
    asked_before, answered_before, counted_at)
SELECT persona, csm_id, count(*), count(*) FILTER (WHERE mails > 0), sum(mails), sum(surveys),
    count(*) FILTER (WHERE mails > %(often)s), sum(asked_now), sum(answered_now), sum(asked - asked_now),
    sum(answered - answered_now), %(now)s
FROM asked_people GROUP BY persona, csm_id
"""
NEVER_ANSWERS = """
INSERT INTO voc_listeningfinding (kind, account_id, contact_id, persona, number, arr, renews_on, counted_at)
SELECT 'never', person.account_id, person.id, person.persona, person.asked, summary.arr, summary.renews_on, %(now)s
FROM asked_people person JOIN accounts_accountsummary summary ON summary.account_id = person.account_id
WHERE person.asked >= %(never)s AND person.answered = 0
"""
ASKED_OFTEN = """
INSERT INTO voc_listeningfinding (kind, account_id, contact_id, persona, number, arr, renews_on, counted_at)
SELECT 'often', person.account_id, person.id, person.persona, person.mails, summary.arr, summary.renews_on, %(now)s
FROM asked_people person JOIN accounts_accountsummary summary ON summary.account_id = person.account_id
WHERE person.mails > %(often)s
"""
# Accounts that renew soon and whose decision maker and executive sponsor said nothing on any channel.
SILENT_ROLES = """
INSERT INTO voc_listeningfinding (kind, account_id, contact_id, persona, number, arr, renews_on, counted_at)
SELECT 'silent', account.id, NULL, role, 0, summary.arr, summary.renews_on, %(now)s
FROM accounts_account account
JOIN accounts_accountsummary summary ON summary.account_id = account.id
CROSS JOIN unnest(ARRAY['decision_maker', 'executive']) AS role
WHERE account.deleted_at IS NULL AND summary.renews_on BETWEEN %(today)s AND %(today)s::date + %(renewal)s
  AND NOT EXISTS (SELECT 1 FROM heard WHERE heard.account_id = account.id AND heard.persona = role)
"""


@transaction.atomic
def tally_coverage() -> bool:
    """Count everything anew, in one transaction: readers see the old figures or the new ones. Safe to run twice.

    False when another worker is at it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return False
        for model in (CoverageTally, AskingTally, ListeningFinding):
            model._default_manager.all().delete()
        moment = now()
        words: dict[str, str | int | dt.date | list[str]] = {
            "now": moment,
            "quarter": moment - DAYS * 90,
            "since": moment - DAYS * 180,
            "year": moment - DAYS * 365,
            "today": today(),
            "renewal": RENEWAL_DAYS,
            "often": OFTEN,
            "never": NEVER_ASKED,
            "personas": list(Persona.values),
            "channels": list(ListeningCell.Channel.values),
        }
        cursor.execute("DROP TABLE IF EXISTS heard, asked_people")
        cursor.execute(HEARD, words)
        cursor.execute("CREATE INDEX ON heard (account_id, persona)")
        cursor.execute("ANALYZE heard")
        for statement in (COVERAGE, ASKING, ASKING_TALLY, NEVER_ANSWERS, ASKED_OFTEN, SILENT_ROLES):
            cursor.execute(statement, words)
    return True
