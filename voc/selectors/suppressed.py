"""Who was not asked: by which rule, and when again."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.formulas.budget_trials import PastMail
from accounts.models import ContactSend
from accounts.selectors.budget import reason_words
from team.clock import today
from team.models import User
from voc.models import Invitation, Wave

SHOWN = 5
# Waves that still ask.
LIVE = (Wave.State.SCHEDULED, Wave.State.SENDING, Wave.State.SENT)
# What other rules could have changed; the other reasons are the person's own.
OF_THE_RULES = (
    *("survey_too_soon", "transactional_too_soon", "week_is_full", "account_year_is_full", "kept_for_renewal"),
    *("no_consent", "open_escalation"),
)
OF_THE_MAIL = {
    "closed": _("The survey was closed"),
    "mail_suppressed": _("Stopped when it was about to leave"),
    "mail_expired": _("Waited too long to leave"),
    "mail_failed": _("The mail server refused it"),
    "mail_cancelled": _("Recalled before it left"),
}


@dataclass(frozen=True, slots=True)
class RuleTally:
    """People held back by one rule: how many, how many of these are asked again by themselves, and from when on."""

    rule: str
    words: str
    count: int
    retried: int
    next_free_on: dt.date | None


def suppressed_invitations(user: User) -> QuerySet[Invitation]:
    """Those who were not asked at accounts that the user sees, with what a list shows."""
    rows = Invitation.objects.visible_to(user).filter(state=Invitation.State.SUPPRESSED)
    return rows.select_related("account", "contact", "version__survey", "wave", "trigger")


def will_be_retried(on: dt.date) -> Q:
    """Those held back that are asked again by themselves when their day comes: the survey is open, the wave or trigger
    still wants it, and it is not too late by then."""
    return (
        Q(next_free_on__isnull=False, retry_until__gte=on)
        & Q(retry_until__gte=F("next_free_on"))
        & Q(version__survey__is_active=True, version__survey__deleted_at__isnull=True)
        & (Q(wave__isnull=True) | Q(wave__state__in=LIVE))
        & (Q(trigger__isnull=True) | Q(trigger__is_active=True))
    )


def tally_rules(rows: QuerySet[Invitation], *, on: dt.date) -> list[RuleTally]:
    """By rule, most frequent first; one query."""
    found = (
        rows.order_by()
        .values_list("rule")
        .annotate(
            count=Count("pk"),
            retried=Count("pk", filter=will_be_retried(on)),
            soonest=Min("next_free_on", filter=will_be_retried(on)),
        )
        .order_by("-count", "rule")
    )
    return [RuleTally(rule, rule_words(rule), count, retried, soonest) for rule, count, retried, soonest in found]


@dataclass(frozen=True, slots=True)
class SuppressedPart:
    """For voc/waves/suppressed.html: the rules with counts, the first people; `list_url` is the whole list."""

    tallies: tuple[RuleTally, ...]
    rows: tuple[Invitation, ...]
    list_url: str

    @property
    def count(self) -> int:
        return sum(tally.count for tally in self.tallies)


def suppressed_in(wave: Wave, *, user: User) -> SuppressedPart:
    """Who was not asked in a wave, as far as the user sees the accounts. Two queries."""
    rows = suppressed_invitations(user).filter(wave=wave)
    tallies = tally_rules(rows, on=today())
    return SuppressedPart(tuple(tallies), tuple(rows.order_by("-pk")[:SHOWN]), f"{reverse('not_asked')}?wave={wave.pk}")


def rule_words(rule: str) -> str:
    """A rule for people; what became of mail in the outbox is told apart."""
    return str(OF_THE_MAIL.get(rule) or reason_words(rule or "not_sent"))


def held_back(*, first: int, last: int, since: dt.datetime, until: dt.datetime) -> Iterator[tuple[int, PastMail]]:
    """For trials of rules (settings.BUDGET_HELD_BACK): surveys that a rule held back, of the accounts first to last."""
    rows = Invitation.objects.filter(
        state=Invitation.State.SUPPRESSED,
        rule__in=OF_THE_RULES,
        account__gte=first,
        account__lte=last,
        created_at__gt=since,
        created_at__lte=until,
    )
    survey = "version__survey__"
    for account_id, contact_id, rule, at, is_transactional, is_about_renewal in rows.values_list(
        "account_id", "contact_id", "rule", "created_at", f"{survey}is_transactional", f"{survey}is_about_renewal"
    ):
        kind = ContactSend.Kind.TRANSACTIONAL if is_transactional else ContactSend.Kind.SURVEY
        yield account_id, PastMail(at, kind, contact_id, rule, is_about_renewal)
