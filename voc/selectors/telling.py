"""Whom an insight affects, what each of them could be told, and what became of it."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max, Q

from accounts.models import Contact, ContactSend
from accounts.services.budget import check_contacts, reason_words
from team.clock import now
from team.models import User
from voc.formulas.definitions import LANGUAGES, known_language
from voc.models import Feedback, Insight, Verification
from voc.selectors.queue import of_insight_or_visible
from voc.selectors.quotes import quote_for, words_for

SHOWN = 50
LINK_DAYS = 30


@dataclass(frozen=True)
class Affected:
    """One person who said it. `refusal` says why nobody can write to them; `told` is the newest reply to them."""

    contact: Contact
    quote: str
    language: str
    refusal: str
    told: Verification | None
    is_told: bool
    comment: str = ""

    @property
    def is_open(self) -> bool:
        """They can be written to and were not told since the last decision."""
        return not self.refusal and not self.is_told


@dataclass(frozen=True)
class Telling:
    """Everybody whom an insight affects, those with the newest words first; `more` are not shown."""

    people: list[Affected]
    more: int
    anonymous: int

    @property
    def waiting(self) -> list[Affected]:
        """Who can be told now."""
        return [person for person in self.people if person.is_open]


def affected_contacts(*, insight: Insight, user: User) -> list[Contact]:
    """Who said it, those with the newest words first; of accounts that were merged into it only those that the user
    sees. One query."""
    said = Feedback.objects.filter(of_insight_or_visible(insight, user), quoted_in__insight=insight)
    people = Contact.objects.filter(feedback__in=said).annotate(
        said_at=Max("feedback__received_at", filter=Q(feedback__in=said))
    )
    return list(people.select_related("account__csm").order_by("-said_at", "-pk"))


def recipients_of(*, insight: Insight, user: User) -> list[Contact]:
    """Of these the ones that can be written to at all."""
    people = affected_contacts(insight=insight, user=user)
    return [one for one in people if one.status == Contact.Status.ACTIVE and one.email]


def read_telling(*, insight: Insight, user: User) -> Telling:
    """The page "Tell the customers": everybody affected with their words and what they were told. Flat in queries."""
    people = affected_contacts(insight=insight, user=user)
    shown = people[:SHOWN]
    verdicts = check_contacts(contacts=shown, kind=ContactSend.Kind.PERSONAL, at=now())
    quotes = _newest_words(insight, shown)
    told: dict[int, Verification] = {}
    for reply in insight.verifications.filter(contact__in=shown).order_by("pk"):
        told[reply.contact_id] = reply
    since = last_change(insight)
    rows = [
        Affected(
            contact=contact,
            quote=quote_for(user, quotes[contact.pk]) if contact.pk in quotes else "",
            language=str(LANGUAGES.get(known_language(contact.language), contact.language)),
            refusal="" if verdicts[contact.pk].is_free else reason_words(verdicts[contact.pk].reason),
            told=told.get(contact.pk),
            is_told=is_told(told.get(contact.pk), since),
            comment=words_for(user, told[contact.pk].comment) if contact.pk in told else "",
        )
        for contact in shown
    ]
    anonymous = insight.quotes.filter(feedback__contact__isnull=True).count()
    return Telling(rows, len(people) - len(shown), anonymous)


def last_change(insight: Insight) -> dt.datetime | None:
    """When what there is to tell became so: it was decided, or done."""
    return max(filter(None, [insight.decided_at, insight.acted_at]), default=None)


def told_at(reply: Verification) -> dt.datetime:
    """When the reply was written: its link lives for 30 days from then."""
    return reply.expires_at - dt.timedelta(days=LINK_DAYS)


def is_told(reply: Verification | None, since: dt.datetime | None) -> bool:
    """The newest reply tells what was decided and done last."""
    return reply is not None and (since is None or told_at(reply) >= since)


def is_quiet(reply: Verification) -> bool:
    """Nobody answered within the days that the settings give them: it stays told, and nobody is asked again."""
    return not reply.verdict and told_at(reply) <= now() - dt.timedelta(days=settings.LOOP_ANSWER_DAYS)


def _newest_words(insight: Insight, people: list[Contact]) -> dict[int, Feedback]:
    rows = Feedback.objects.filter(quoted_in__insight=insight, contact__in=people)
    return {row.contact_id: row for row in rows.order_by("received_at", "pk") if row.contact_id is not None}
