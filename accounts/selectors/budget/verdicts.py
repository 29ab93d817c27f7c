"""Whether people may be written to: state of the address, consent, further gates and the budget, for any number."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.formulas.budget import (
    AUTOMATED_KINDS,
    WEEK,
    YEAR,
    BudgetRules,
    Send,
    Verdict,
    judge_sends,
    kept_for_renewal,
    latest,
)
from accounts.models import AccountSummary, Contact, ContactConsent, ContactSend
from accounts.selectors.budget.rules import budget_rules

REASONS = {
    "left": _("Has left the company"),
    "bounced": _("Mail to this address bounces"),
    "soft_bounced": _("Mail to this address came back lately"),
    "no_address": _("Has no mail address"),
    "bad_address": _("The mail address cannot receive mail"),
    "deleted": _("The contact was deleted"),
    "account_deleted": _("The account was deleted"),
    "opted_out": _("Does not want this kind of mail"),
    "no_consent": _("Has not said yes to this kind of mail"),
    "open_escalation": _("Something urgent is open at this account"),
    "survey_too_soon": _("Was asked by a survey too recently"),
    "wish": _("Wants to be asked less often"),
    "transactional_too_soon": _("Was asked about a case too recently"),
    "week_is_full": _("Got the automated mails of this week"),
    "account_year_is_full": _("The account got its mails of this year"),
    "not_sent": _("The mail did not go out"),
    "kept_for_renewal": _("What is left of the account's year is kept for its renewal"),
}
PURPOSES = {
    ContactSend.Kind.SURVEY: ContactConsent.Purpose.SURVEY,
    ContactSend.Kind.REMINDER: ContactConsent.Purpose.SURVEY,
    ContactSend.Kind.TRANSACTIONAL: ContactConsent.Purpose.SURVEY,
    ContactSend.Kind.AUTOMATED: ContactConsent.Purpose.SUCCESS,
}
# Clocks of two workers differ a little: what the other one wrote a moment ahead of ours counts.
_AHEAD = dt.timedelta(hours=1)


def reason_words(rule: str) -> str:
    """A reason for people; a key that nobody knows stays as it is."""
    return str(REASONS.get(rule, rule))


def check_contact(*, contact: Contact, kind: str, at: dt.datetime, is_for_renewal: bool = False) -> Verdict:
    """Whether a mail of a kind (ContactSend.Kind) may go to the contact at that time, else why not and when again.

    `reason` is a key of REASONS. For many contacts call check_contacts.
    """
    return check_contacts(contacts=[contact], kind=kind, at=at, is_for_renewal=is_for_renewal)[contact.pk]


def check_contacts(
    *,
    contacts: Iterable[Contact],
    kind: str,
    at: dt.datetime,
    is_for_renewal: bool = False,
    needs_consent: bool | None = None,
) -> dict[int, Verdict]:
    """The same for many, with a fixed number of queries however many they are. {contact id: verdict}.

    Of several reasons those without an end count first, then the one that holds longest. `needs_consent` overrides the
    install's rule, for a survey whose legal basis is consent.
    """
    asked = list(contacts)
    rules = budget_rules()
    found = {contact.pk: verdict for contact in asked if (verdict := state_verdict(contact))}
    left = [contact for contact in asked if contact.pk not in found]
    wants_yes = rules.needs_consent if needs_consent is None else needs_consent
    found |= refusals([contact.pk for contact in left], kind, needs_consent=wants_yes)
    left = [contact for contact in left if contact.pk not in found]
    gated = ask_gates(left, kind, at)
    judged = judge_budget(
        people={contact.pk: contact.account_id for contact in left},
        kind=kind,
        at=at,
        rules=rules,
        is_for_renewal=is_for_renewal,
        rows=ContactSend.objects.all(),
    )
    for contact in left:
        verdict = judged[contact.pk]
        found[contact.pk] = latest([gated[contact.pk], verdict]) if contact.pk in gated else verdict
    return found


def state_verdict(contact: Contact) -> Verdict | None:
    """What speaks against any mail to the person at all."""
    if contact.deleted_at:
        return Verdict("deleted")
    if contact.status != Contact.Status.ACTIVE:
        return Verdict(contact.status)
    return None if contact.email else Verdict("no_address")


def refusals(contact_ids: Sequence[int], kind: str, *, needs_consent: bool) -> dict[int, Verdict]:
    """Contacts whose newest word about this kind of mail is no, or who never said yes where one is needed.

    Personal mail asks for no consent. One query.
    """
    purpose = PURPOSES.get(ContactSend.Kind(kind))
    if purpose is None or not contact_ids:
        return {}
    newest = (
        ContactConsent.objects.filter(contact__in=contact_ids, purpose=purpose)
        .order_by("contact", "-recorded_at", "-id")
        .distinct("contact")
    )
    said = dict(newest.values_list("contact_id", "is_allowed"))
    found = {contact_id: Verdict("opted_out") for contact_id, is_allowed in said.items() if not is_allowed}
    if needs_consent:
        found |= {contact_id: Verdict("no_consent") for contact_id in contact_ids if contact_id not in said}
    return found


def ask_gates(contacts: Sequence[Contact], kind: str, at: dt.datetime) -> dict[int, Verdict]:
    """What upper apps say against it (settings.CONTACT_GATES); the reason that holds longest per contact."""
    found: dict[int, Verdict] = {}
    if not contacts:
        return found
    for path in settings.CONTACT_GATES:
        gate_says: Mapping[int, Verdict] = import_string(path)(contacts=contacts, kind=kind, at=at)
        for contact_id, verdict in gate_says.items():
            found[contact_id] = latest([found.get(contact_id, verdict), verdict])
    return found


def judge_budget(
    *,
    people: Mapping[int, int],
    kind: str,
    at: dt.datetime,
    rules: BudgetRules,
    is_for_renewal: bool,
    rows: QuerySet[ContactSend],
) -> dict[int, Verdict]:
    """The budget alone, for `people` ({contact id: account id}) against the ledger's `rows`. Two to four queries."""
    sends: dict[int, list[Send]] = defaultdict(list)
    years: dict[int, list[dt.datetime]] = {}
    renewals: dict[int, dt.date | None] = {}
    if kind != ContactSend.Kind.PERSONAL and people:
        known = rows.filter(sent_at__lt=at + _AHEAD)
        sends = _sends_of(known, people, kind, at, rules)
        if kind != ContactSend.Kind.TRANSACTIONAL:
            years = _full_years(known, set(people.values()), at, rules)
        if years:
            summaries = AccountSummary.objects.filter(account__in=list(years), renews_on__isnull=False)
            renewals = dict(summaries.values_list("account_id", "renews_on"))
    return {
        contact_id: judge_sends(
            kind=kind,
            at=at,
            sends=sends.get(contact_id, ()),
            account_sends=years.get(account_id, ()),
            rules=rules,
            reserve=kept_for_renewal(
                rules=rules, renews_on=renewals.get(account_id), on=at.date(), is_for_renewal=is_for_renewal
            ),
        )
        for contact_id, account_id in people.items()
    }


def _sends_of(
    rows: QuerySet[ContactSend], people: Mapping[int, int], kind: str, at: dt.datetime, rules: BudgetRules
) -> dict[int, list[Send]]:
    """The mails that matter for a kind: the last of its own, and a week of automated ones."""
    matters = Q(kind__in=[])
    if kind in AUTOMATED_KINDS:
        matters |= Q(kind__in=AUTOMATED_KINDS, sent_at__gt=at - WEEK)
    if kind == ContactSend.Kind.SURVEY:
        matters |= Q(kind=kind, sent_at__gt=at - dt.timedelta(days=rules.survey_every_days))
    if kind == ContactSend.Kind.TRANSACTIONAL:
        matters |= Q(kind=kind, sent_at__gt=at - dt.timedelta(days=rules.transactional_every_days))
    found: dict[int, list[Send]] = defaultdict(list)
    since = at - dt.timedelta(days=rules.longest_days)
    near = rows.filter(matters, contact__in=list(people), sent_at__gt=since)
    for contact_id, sent_kind, sent_at in near.values_list("contact_id", "kind", "sent_at"):
        found[contact_id].append(Send(sent_kind, min(sent_at, at)))
    return found


def _full_years(
    rows: QuerySet[ContactSend], account_ids: set[int], at: dt.datetime, rules: BudgetRules
) -> dict[int, list[dt.datetime]]:
    """The times of mails in the last year, of accounts that got so many that it matters."""
    in_year = rows.filter(account__in=account_ids, sent_at__gt=at - YEAR).exclude(kind=ContactSend.Kind.TRANSACTIONAL)
    near_the_end = max(1, rules.account_mails_per_year - rules.renewal_reserve)
    full = in_year.values("account_id").annotate(count=Count("pk")).filter(count__gte=near_the_end).order_by()
    ids = list(full.values_list("account_id", flat=True))
    found: dict[int, list[dt.datetime]] = defaultdict(list)
    if ids:
        times = in_year.filter(account__in=ids)
        for account_id, sent_at in times.values_list("account_id", "sent_at"):
            found[account_id].append(min(sent_at, at))
    return dict(found)
