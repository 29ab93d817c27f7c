"""The library seen as a whole: what there is, what is missing where, who would get something."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from accounts.formulas.conditions import parse_conditions
from accounts.models import Account, Contact, ContactSend, Persona
from accounts.selectors.condition_names import condition_catalogue
from accounts.selectors.conditions import matching
from accounts.services.budget import REASONS, check_contacts
from lifecycle.models import Completion, ContentBatch, ContentItem, ContentSend, PlaybookStep, Stage, StageVisit
from team.clock import now
from team.models import User

# So many people are judged for a preview; beyond, the shares of these are shown.
MOST_JUDGED = 2000
SHOWN = 50


def listed_items() -> QuerySet[ContentItem]:
    """Items with `sent_count` and `completed_count`, counted per page by index."""
    return ContentItem.objects.annotate(
        sent_count=Count("sends", filter=Q(sends__state=ContentSend.State.SENT), distinct=True),
        completed_count=Count("completions", distinct=True),
    )


@dataclass(frozen=True, slots=True)
class GapCell:
    """One stage and persona: how many items serve it, and how many accounts stand in that stage now."""

    stage: str
    persona: str
    items: int
    accounts: int

    @property
    def is_gap(self) -> bool:
        return self.items == 0


@dataclass(frozen=True, slots=True)
class GapRow:
    stage: str
    label: str
    accounts: int
    cells: list[GapCell]


@dataclass(frozen=True, slots=True)
class GapMap:
    """What is missing when and where. `worst`: gaps by the accounts that stand there, at most five."""

    rows: list[GapRow]
    worst: list[GapCell]
    items: int


def read_gap_map(*, user: User, segment: str = "") -> GapMap:
    """Stage x persona over the library; an item without stages, personas or segments serves all. Three queries."""
    items = ContentItem.objects.all()
    if segment:
        items = items.filter(Q(segments=None) | Q(segments__slug=segment)).distinct()
    served: Counter[tuple[str, str]] = Counter()
    known = list(items.values_list("stage_kinds", "personas"))
    for stages, personas in known:
        for stage in stages or Stage.Kind.values:
            for persona in personas or Persona.values:
                served[stage, persona] += 1
    standing = _accounts_per_stage(user, segment)
    rows = [
        GapRow(
            kind,
            str(label),
            standing.get(kind, 0),
            [GapCell(kind, persona, served[kind, persona], standing.get(kind, 0)) for persona in Persona.values],
        )
        for kind, label in Stage.Kind.choices
    ]
    gaps = [cell for row in rows for cell in row.cells if cell.is_gap]
    return GapMap(rows, sorted(gaps, key=lambda cell: -cell.accounts)[:5], len(known))


def _accounts_per_stage(user: User, segment: str) -> dict[str, int]:
    visits = StageVisit.objects.visible_to(user).open().whole()
    if segment:
        visits = visits.filter(account__segment__slug=segment)
    return dict(visits.values_list("stage__kind").annotate(count=Count("pk")).order_by())


def audience_of(*, actor: User, conditions: Any, personas: Sequence[str]) -> QuerySet[Contact]:
    """The people who can be reached at accounts of the actor that meet the conditions, of these personas (none: all).

    Raises:
        BadCondition: for conditions that make no sense.
    """
    wanted = parse_conditions(conditions, condition_catalogue())
    accounts = Account.objects.editable_by(actor).filter(matching(wanted))
    people = Contact.objects.reachable().filter(account__in=accounts)
    return people.filter(persona__in=personas) if personas else people


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would get it: `total` chosen, `free` now; `held` says why others must wait, from `judged` people."""

    total: int
    judged: int
    free: int
    held: list[tuple[str, int]]
    accounts: int
    examples: list[Contact]

    @property
    def is_sample(self) -> bool:
        return self.judged < self.total


def preview_audience(*, actor: User, conditions: Any, personas: Sequence[str]) -> Preview:
    """Judge the chosen people by the contact budget as if they were written to now (the first 2,000 of them)."""
    people = audience_of(actor=actor, conditions=conditions, personas=personas)
    tally = people.aggregate(total=Count("pk"), accounts=Count("account", distinct=True))
    judged = list(people.select_related("account").order_by("account__name", "name", "pk")[:MOST_JUDGED])
    verdicts = check_contacts(contacts=judged, kind=ContactSend.Kind.AUTOMATED, at=now())
    held = Counter(verdict.reason for verdict in verdicts.values() if verdict.reason)
    return Preview(
        total=tally["total"],
        judged=len(judged),
        free=sum(1 for verdict in verdicts.values() if not verdict.reason),
        held=[(str(REASONS.get(reason, reason)), count) for reason, count in held.most_common()],
        accounts=tally["accounts"],
        examples=judged[:5],
    )


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One item: where it is used, who got it, who finished it (only at accounts that the reader sees)."""

    item: ContentItem
    steps: list[PlaybookStep]
    batches: list[ContentBatch]
    completions: list[Completion]
    sent: int
    completed: int
    stages: list[str]
    personas: list[str]


def read_item(*, item: ContentItem, user: User) -> ItemPage:
    """Six queries."""
    finished = Completion.objects.visible_to(user).filter(content=item)
    got = ContentSend.objects.filter(content=item, account__in=Account.objects.visible_to(user))
    stages, personas = dict(Stage.Kind.choices), dict(Persona.choices)
    return ItemPage(
        item=item,
        steps=list(
            PlaybookStep.objects.filter(content=item, playbook__archived_at=None).select_related("playbook")[:SHOWN]
        ),
        batches=list(item.batches.select_related("created_by")[:SHOWN]) if user.role != "member" else [],
        completions=list(finished.select_related("contact", "account").order_by("-completed_at", "-id")[:SHOWN]),
        sent=got.filter(state=ContentSend.State.SENT).count(),
        completed=finished.count(),
        stages=[str(stages[kind]) for kind in item.stage_kinds if kind in stages],
        personas=[str(personas[name]) for name in item.personas if name in personas],
    )


@dataclass(frozen=True, slots=True)
class BatchPage:
    """How far a batch is; `refused` says why people did not get it, with the next free day of the soonest."""

    batch: ContentBatch
    sent: int
    waiting: int
    refused: list[tuple[str, int, Any]]

    @property
    def done(self) -> int:
        return self.batch.total - self.waiting

    @property
    def is_running(self) -> bool:
        return not self.batch.finished_at and not self.batch.stopped_at


def read_batch(batch: ContentBatch) -> BatchPage:
    """Two queries."""
    states = dict(batch.sends.values_list("state").annotate(count=Count("pk")).order_by())
    refused = (
        batch.sends.filter(state=ContentSend.State.REFUSED)
        .values_list("refusal")
        .annotate(count=Count("pk"), free_on=Max("next_free_on"))
        .order_by("-count")
    )
    return BatchPage(
        batch=batch,
        sent=states.get(ContentSend.State.SENT, 0),
        waiting=states.get(ContentSend.State.WAITING, 0),
        refused=[(row[0], row[1], row[2]) for row in refused],
    )


def ready_kinds() -> dict[int | None, set[str]]:
    """{segment id: kinds of stages with content}; None holds what serves every segment. Two queries."""
    found: dict[int | None, set[str]] = defaultdict(set)
    for stages, segment in ContentItem.objects.values_list("stage_kinds", "segments"):
        found[segment].update(stages or Stage.Kind.values)
    return found
