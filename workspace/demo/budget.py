"""The demo's contact budget: own rules, a year of mail beside the surveys, and people who could not be asked lately."""

import datetime as dt
import random
from itertools import islice

from accounts.models import Contact, ContactRules, ContactSend
from accounts.services.budget import check_contacts, reason_words
from team.clock import now
from voc.formulas.definitions import known_language
from voc.models import Invitation, Survey, SurveyVersion
from voc.services.invitations.links import fresh_link

# So many accounts get a whole year of mail, so many people were planned to be asked in the last days.
ACCOUNTS, PLANNED, HELD = 300, 500, 160
KINDS = ("automated", "automated", "automated", "personal", "personal", "reminder", "transactional")
WEEKS = 50


def write_budget(*, seed: int, first: int) -> None:
    """Rows from the account `first` on. The verdicts are those of the rules themselves. Deterministic; bulk inserts."""
    ContactRules.objects.get_or_create(is_only=True, defaults={"account_mails_per_year": 48, "renewal_reserve": 6})
    rng = random.Random(f"{seed}:budget")
    people = list(
        Contact.objects.reachable()
        .filter(account__gte=first, account__lt=first + ACCOUNTS)
        .select_related("account")
        .order_by("account_id", "pk")
    )
    ContactSend.objects.bulk_create(_mails(rng, people), batch_size=2000)
    _hold_back(rng, people)


def _mails(rng: random.Random, people: list[Contact]) -> list[ContactSend]:
    """Between none and eight a year and person: mails of plays, notes by hand, reminders."""
    moment = now()
    rows = []
    for contact in people:
        for number in range(rng.choice((0, 1, 2, 4, 6))):
            ago = dt.timedelta(weeks=rng.randrange(WEEKS), hours=rng.randrange(20, 150))
            rows.append(
                ContactSend(
                    contact=contact,
                    account_id=contact.account_id,
                    kind=rng.choice(KINDS),
                    message_ref=f"demo-mail:{contact.pk}:{number}",
                    sent_at=moment - ago,
                )
            )
    return rows


def _hold_back(rng: random.Random, people: list[Contact]) -> None:
    survey = Survey.objects.filter(kind=Survey.Kind.NPS, versions__isnull=False).order_by("pk").first()
    if survey is None:
        return
    version = SurveyVersion.objects.filter(survey=survey).order_by("-number")[0]
    moment = now()
    planned = people[:PLANNED]
    verdicts = check_contacts(contacts=planned, kind=ContactSend.Kind.SURVEY, at=moment)
    held = ((contact, verdicts[contact.pk]) for contact in planned if verdicts[contact.pk].reason)
    rows = []
    for contact, verdict in islice(held, HELD):
        nonce, digest = fresh_link()
        rows.append(
            Invitation(
                version=version,
                account_id=contact.account_id,
                contact=contact,
                occasion="pulse",
                nonce=nonce,
                digest=digest,
                language=known_language(contact.language),
                state=Invitation.State.SUPPRESSED,
                rule=verdict.reason,
                reason=reason_words(verdict.reason)[:200],
                next_free_on=verdict.next_free_on,
                retry_until=(moment + dt.timedelta(days=rng.choice((20, 60, 120)))).date(),
                expires_at=moment + dt.timedelta(days=30),
            )
        )
    Invitation.objects.bulk_create(rows)
    # Planned on different days, for the list and for trials of other rules.
    for row in rows:
        row.created_at = moment - dt.timedelta(days=rng.randrange(1, 30), minutes=rng.randrange(600))
    Invitation.objects.bulk_update(rows, ["created_at"])
