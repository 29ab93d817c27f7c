"""Listening coverage as one person sees it: how far each cell is heard, who sees to it, who never answers."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum

from accounts.models import Account, Contact, Persona, Ticket, Touchpoint
from lifecycle.models import Stage
from team.clock import now
from team.models import Role, User
from voc.formulas.comparisons import Difference, compare_shares
from voc.models import AskingTally, CoverageTally, Feedback, ListeningCell, ListeningFinding, Response

Key = tuple[str, str, str]
SPANS = (90, 180)
Channel = ListeningCell.Channel


@dataclass(frozen=True)
class Cell:
    """One persona in one stage over one channel. Shares are of all accounts in the stage; None: there are none."""

    persona: str
    stage: str
    channel: str
    accounts: int
    known: int
    heard: Mapping[int, int]
    arr: Decimal
    arr_heard: Mapping[int, Decimal]
    plan: ListeningCell | None

    @property
    def is_left_out(self) -> bool:
        """Nobody means to listen here."""
        return self.plan is not None and self.plan.is_left_out

    @property
    def needs_owner(self) -> bool:
        """Neither somebody's nor left out on purpose."""
        return self.plan is None or (not self.plan.is_left_out and self.plan.owner_id is None)

    def share(self, span: int, by: str) -> float | None:
        """Share heard in so many days, of accounts or of ARR."""
        if by == "arr":
            return float(self.arr_heard[span] / self.arr) if self.arr else None
        return self.heard[span] / self.accounts if self.accounts else None


@dataclass(frozen=True)
class Coverage:
    """All cells; `stages` in the order of the journeys; `counted_at` None: nothing was counted yet."""

    stages: Sequence[str]
    cells: Mapping[Key, Cell]
    counted_at: dt.datetime | None

    def listed(self) -> list[Cell]:
        """Cells without an owner first, then by the ARR that is not heard."""

        def unheard(cell: Cell) -> Decimal:
            return cell.arr - cell.arr_heard[180]

        return sorted(
            self.cells.values(),
            key=lambda one: (not one.needs_owner, one.is_left_out, -unheard(one), one.persona, one.stage, one.channel),
        )


@dataclass(frozen=True)
class Asking:
    """How much the people of one persona are written to, and whether fewer answer than half a year before."""

    persona: str
    people: int
    written_to: int
    mails: int
    surveys: int
    often: int
    now: tuple[int, int]
    before: tuple[int, int]
    change: Difference

    @property
    def per_person(self) -> float | None:
        """Mails per person and year, over those who got any."""
        return self.mails / self.written_to if self.written_to else None

    @property
    def is_falling(self) -> bool:
        """Whether there is evidence that fewer answer."""
        return self.change.is_clear and (self.change.value or 0) < 0


def in_scope(rows: QuerySet[CoverageTally] | QuerySet[AskingTally], user: User) -> Q:
    """The tallies of the books that the user sees."""
    if user.sees_everything or (user.role == Role.CSM and settings.CSM_SEES_ALL_ACCOUNTS):
        return Q()
    return Q(csm__in=user.book_owner_ids()) if user.role == Role.CSM else Q(pk__in=[])


def read_coverage(user: User) -> Coverage:
    """Every cell with its plan; three queries, whatever the number of accounts."""
    tallies = CoverageTally.objects.all()
    rows = (
        tallies.filter(in_scope(tallies, user))
        .order_by()
        .values("persona", "stage", "channel")
        .annotate(
            n=Sum("accounts"),
            people=Sum("known"),
            quarter=Sum("heard_90"),
            half=Sum("heard_180"),
            money=Sum("arr"),
            money_90=Sum("arr_90"),
            money_180=Sum("arr_180"),
            at=Max("counted_at"),
        )
    )
    plans = {
        (one.persona, one.stage, one.channel): one for one in ListeningCell.objects.select_related("owner", "survey")
    }
    cells: dict[Key, Cell] = {}
    counted_at = None
    for row in rows:
        key = (row["persona"], row["stage"], row["channel"])
        counted_at = max(filter(None, (counted_at, row["at"])), default=None)
        cells[key] = Cell(
            *key,
            accounts=row["n"],
            known=row["people"],
            heard={90: row["quarter"], 180: row["half"]},
            arr=row["money"],
            arr_heard={90: row["money_90"], 180: row["money_180"]},
            plan=plans.get(key),
        )
    order = {name: place for place, name in enumerate(Stage.objects.present().values_list("name", flat=True))}
    stages = sorted({stage for _persona, stage, _channel in cells}, key=lambda name: (order.get(name, 999), name))
    return Coverage(stages, cells, counted_at)


def read_asking(user: User) -> list[Asking]:
    """Per persona, most mails per person first; one query."""
    tallies = AskingTally.objects.all()
    fields = ("people", "written_to", "mails", "surveys", "often")
    halves = ("asked_now", "answered_now", "asked_before", "answered_before")
    rows = tallies.filter(in_scope(tallies, user)).order_by().values("persona")
    summed: Iterable[dict[str, Any]] = rows.annotate(**{f"sum_{name}": Sum(name) for name in (*fields, *halves)})  # type: ignore[assignment]
    found = []
    for row in summed:
        after, before = (
            (row["sum_answered_now"], row["sum_asked_now"]),
            (row["sum_answered_before"], row["sum_asked_before"]),
        )
        change = compare_shares((before[0], after[0]), (before[1], after[1]))
        numbers = {name: row[f"sum_{name}"] for name in fields}
        found.append(Asking(row["persona"], **numbers, now=after, before=before, change=change))
    return sorted(found, key=lambda one: (-(one.per_person or 0), one.persona))


def read_findings(user: User, kind: str, *, limit: int) -> list[ListeningFinding]:
    """The largest accounts of one kind of finding; one query."""
    rows = ListeningFinding.objects.visible_to(user).filter(kind=kind).select_related("account", "contact")
    return list(rows.order_by("-arr", "-id")[:limit])


def accounts_of_cell(
    user: User, *, persona: str, stage: str, channel: str, span: int, heard: bool
) -> QuerySet[Account]:
    """The visible accounts behind a cell: those that were heard in so many days, or those that were not."""
    since = now() - dt.timedelta(days=span)
    condition = heard_condition(persona, channel, since)
    rows = Account.objects.visible_to(user).filter(summary__stage=stage)
    return rows.filter(condition) if heard else rows.exclude(condition)


def heard_condition(persona: str, channel: str, since: dt.datetime) -> Q:
    """Whether an account was heard by a persona over a channel; the same as the sweep counts."""
    upto = now()
    sources = {
        Channel.SURVEY: ("survey", "link"),
        Channel.TICKET: ("ticket",),
        Channel.MAIL: ("mail", "chat"),
        Channel.PUBLIC: ("review", "social", "community"),
        Channel.CALL: ("call", "manual"),
    }[Channel(channel)]
    said = Feedback.objects.filter(
        account=OuterRef("pk"),
        contact__persona=persona,
        received_at__gt=since,
        received_at__lte=upto,
        source__in=sources,
    )
    found = Q(Exists(said))
    if channel == Channel.SURVEY:
        found |= Q(
            Exists(
                Response.objects.counted().filter(
                    account=OuterRef("pk"), contact__persona=persona, submitted_at__gt=since
                )
            )
        )
    if channel == Channel.TICKET:
        found |= Q(
            Exists(
                Ticket.objects.filter(
                    account=OuterRef("pk"), contact__persona=persona, opened_at__gt=since, opened_at__lte=upto
                )
            )
        )
    kinds = {
        Channel.CALL: ("call", "meeting", "event"),
        Channel.MAIL: ("mail", "chat"),
        Channel.PUBLIC: ("community",),
    }.get(Channel(channel))
    if kinds:
        found |= Q(
            Exists(
                Touchpoint.objects.by_people().filter(
                    account=OuterRef("pk"),
                    participants__contact__persona=persona,
                    kind__in=kinds,
                    direction__in=["in", "two_way"],
                    occurred_at__gt=since,
                    occurred_at__lte=upto,
                )
            )
        )
    return found


def people_of(accounts: Sequence[Account], persona: str) -> dict[int, list[Contact]]:
    """The active people of a persona at some accounts; one query."""
    found: dict[int, list[Contact]] = {}
    for contact in Contact.objects.active().filter(account__in=accounts, persona=persona).order_by("name"):
        found.setdefault(contact.account_id, []).append(contact)
    return found


def is_persona(word: str) -> bool:
    """Whether there is such a persona."""
    return word in Persona.values
