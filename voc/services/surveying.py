"""Asking from other systems: people by mail address or number, with an answer for each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Lower

from accounts.models import Account, Contact
from team.models import User
from voc.models import Invitation, Survey
from voc.services.invitations import current_version, note_people
from voc.services.invitations.planning import wanted_until

State = Invitation.State
MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What became of one item: queued, suppressed, already, unknown or ambiguous."""

    index: int
    outcome: str
    contact_id: int | None = None
    invitation_id: int | None = None
    rule: str = ""
    reason: str = ""
    next_free_on: Any = None


def api_invite(*, actor: User, survey: Survey, items: Sequence[dict[str, Any]], key: str) -> list[ItemOutcome]:
    """Note people to be asked in their own working hours; one outcome per item, in order. At most 1,000 items.

    An item is `{"contact": id}` or `{"email": address}`, with `"account": id` where an address stands at several. `key`
    names the request: the same key asks nobody twice and answers the same (who was held back is judged anew). People at
    accounts that the actor may not write to are unknown. Raises NothingToSend.
    """
    version = current_version(survey)
    found = _find(actor, items)
    wanted = {one.pk: one for matches in found.values() for one in matches if len(matches) == 1}
    occasion = f"api:{key}"[:80]
    mine = Invitation.objects.filter(version=version, occasion=occasion, contact__in=wanted)
    before = set(mine.exclude(state=State.SUPPRESSED).values_list("contact_id", flat=True))
    note_people(
        actor=actor,
        version=version,
        contacts=list(wanted.values()),
        occasion=occasion,
        retry_until=wanted_until(survey),
    )
    rows = {one.contact_id: one for one in mine.all()}
    outcomes, seen = [], set(before)
    for index, _item in enumerate(items):
        matches = found.get(index, [])
        if len(matches) != 1:
            outcomes.append(ItemOutcome(index, "ambiguous" if matches else "unknown"))
            continue
        row = rows[matches[0].pk]
        outcome = "suppressed" if row.state == State.SUPPRESSED else "already" if row.contact_id in seen else "queued"
        seen.add(row.contact_id)
        outcomes.append(ItemOutcome(index, outcome, row.contact_id, row.pk, row.rule, row.reason, row.next_free_on))
    return outcomes


def _find(actor: User, items: Sequence[dict[str, Any]]) -> dict[int, list[Contact]]:
    """{index: contacts that fit}; two queries."""
    people = Contact.objects.filter(account__in=Account.objects.editable_by(actor)).select_related("account")
    by_id = people.in_bulk([item["contact"] for item in items if item.get("contact")])
    mails = {str(item["email"]).lower() for item in items if item.get("email") and not item.get("contact")}
    by_mail: dict[str, list[Contact]] = defaultdict(list)
    for person in people.annotate(low=Lower("email")).filter(low__in=mails).order_by("pk"):
        by_mail[person.email.lower()].append(person)
    found = {}
    for index, item in enumerate(items):
        if item.get("contact"):
            matches = [by_id[item["contact"]]] if item["contact"] in by_id else []
        else:
            matches = by_mail.get(str(item.get("email", "")).lower(), [])
        if item.get("account"):
            matches = [one for one in matches if one.account_id == item["account"]]
        found[index] = matches
    return found
