"""The checklist of a handover from sales, and how complete it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the success team must know: its name, and what to do where it is missing."""

    name: str
    label: Words
    task: Words


CHECKLIST: tuple[Item, ...] = (
    Item("intent", _("Why they bought"), _("Find out why they bought")),
    Item("outcomes", _("Desired outcomes"), _("Find out which outcomes they want")),
    Item("context", _("How the decision was made"), _("Find out how the decision was made")),
    Item("criteria", _("How they will know it worked"), _("Agree how they will know that it worked")),
    Item("promises", _("What was promised"), _("Ask sales what was promised, or that nothing was")),
    Item("champion", _("A champion"), _("Find out who their champion is")),
    Item("decision_maker", _("A sponsor or decision maker"), _("Find out who decides there")),
    Item("risks", _("Risks seen in the sale"), _("Ask sales which risks they saw, or that there were none")),
)
ITEMS: Mapping[str, Item] = {item.name: item for item in CHECKLIST}


def gaps_in(known: Iterable[str]) -> list[str]:
    """What of the checklist is missing, in its order."""
    there = set(known)
    return [item.name for item in CHECKLIST if item.name not in there]


def completeness(gaps: Iterable[str]) -> Decimal:
    """The share of the checklist that is known, 0 to 1, with three digits; each item weighs the same."""
    missing = len(set(gaps) & set(ITEMS))
    return (Decimal(len(CHECKLIST) - missing) / len(CHECKLIST)).quantize(Decimal("0.001"))
