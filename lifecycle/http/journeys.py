"""What addresses of the journey pages ask for, and what its charts show."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.formulas.conditions import describe
from accounts.models import Account, Segment
from accounts.selectors.condition_names import condition_catalogue
from lifecycle.models import Criterion, Journey, Stage
from lifecycle.selectors.criteria import parse_criteria
from lifecycle.selectors.journey_board import BoardColumn, BoardFilter, board_choices, since_of
from lifecycle.selectors.journey_flow import (
    FlowLine,
    PassageLine,
    ValueLine,
    read_flow,
    read_funnel,
    read_predictability,
    read_time_to_value,
)
from team.models import User
from ui.charts import Figure, Passage, Station, funnel, sankey

SPANS = (3, 6, 12, 24, 0)


@dataclass(frozen=True)
class Asked:
    """The filters of the address, checked, with what the form needs to show them again."""

    wanted: BoardFilter
    journey: Journey | None
    months: int
    shown: dict[str, Any]

    @property
    def query(self) -> str:
        """The filters without the span of time, for links between the pages."""
        parts = {
            "segment": self.shown["segment"],
            "csm": self.shown["csm"],
            "intent": self.wanted.intent,
            "journey": self.wanted.journey_id,
        }
        return "&".join(f"{key}={value}" for key, value in parts.items() if value)


def read_asked(user: User, params: QueryDict) -> Asked:
    """`?segment=enterprise&csm=me&intent=pilot&journey=3&months=12`; what does not exist is 404, never ignored."""
    choices = board_choices(user)
    segments = list(Segment.objects.values_list("pk", "slug", "name"))
    segment, csm = params.get("segment", ""), params.get("csm", "")
    intent, journey = params.get("intent", ""), params.get("journey", "")
    csm_id = user.pk if csm == "me" else _number(csm)
    journey_id = _number(journey)
    found = Journey.objects.filter(pk=journey_id).first() if journey_id else None
    months = _number(params.get("months", "")) if params.get("months") else 12
    by_slug = {slug: pk for pk, slug, _name in segments}
    if (segment and segment not in by_slug) or (intent and intent not in Account.Intent.values):
        raise Http404
    if (journey_id and found is None) or months not in SPANS:
        raise Http404
    return Asked(
        wanted=BoardFilter(by_slug.get(segment), csm_id, intent, journey_id),
        journey=found,
        months=months or 0,
        shown={
            **choices,
            "segments": [(slug, name) for _pk, slug, name in segments],
            "segment": segment,
            "csm": csm,
            "intent": intent,
            "journey": found,
            "months": months or 0,
            "spans": SPANS,
        },
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Http404
    return int(text)


@dataclass(frozen=True)
class Flow:
    """The streams, the time to first value, and how far those got who began."""

    lines: list[FlowLine]
    values: list[ValueLine]
    reached: list[tuple[str, int]]


def flow_report(user: User, params: QueryDict) -> Flow:
    """A report of settings.REPORTS: see `Flow`."""
    asked = read_asked(user, params)
    about: Any = {"user": user, "wanted": asked.wanted, "since": since_of(asked.months)}
    return Flow(read_flow(**about), read_time_to_value(**about), read_funnel(**about))


def predictability_report(user: User, params: QueryDict) -> list[PassageLine]:
    """A report of settings.REPORTS: one line per segment and stage."""
    asked = read_asked(user, params)
    return read_predictability(user=user, wanted=asked.wanted, since=since_of(asked.months))


def flow_chart(lines: list[FlowLine], columns: list[BoardColumn], query: str) -> Figure | None:
    """The streams between the stages; each station opens its column of the board."""
    here = {column.key: column.count for column in columns}
    board = reverse("journey_board")
    stations = [
        Station(line.name, line.onward, line.lost, here.get(line.kind, 0), f"{board}?{query}#stage-{line.kind}")
        for line in lines
    ]
    return sankey(stations, title=_("The way of the accounts"), end=_("Next cycle"), unit=_("accounts"))


def flow_funnel(reached: list[tuple[str, int]]) -> Figure | None:
    """How far those got who began in the span; who is missing may be under way."""
    names = {**dict(Stage.Kind.choices), Stage.Kind.EBR: _("EBR")}
    passages = [Passage(str(names[Stage.Kind(kind)]), number) for kind, number in reached]
    title = _("How far those got who began in this span")
    return funnel(passages, title=title, unit=_("accounts"), slot="s", missing=_("not there (yet)"))


@dataclass(frozen=True)
class CriterionLine:
    """A criterion with its condition in words, or what is wrong with it."""

    criterion: Criterion
    condition: str
    problem: str


def described_criteria(stages: list[Stage]) -> list[tuple[Stage, list[CriterionLine], list[CriterionLine]]]:
    """Each stage with its criteria to enter and to leave; at most four queries for any number of stages."""
    rows = list(Criterion.objects.present().filter(stage__in=stages))
    catalogue = condition_catalogue() if any(row.condition for row in rows) else {}
    parsed, problems = parse_criteria(rows, catalogue)
    lines: dict[tuple[int, str], list[CriterionLine]] = {}
    for row in rows:
        words = describe(parsed[row.pk], catalogue) if row.pk in parsed else ""
        line = CriterionLine(row, words, problems.get(row.pk, ""))
        lines.setdefault((row.stage_id, row.side), []).append(line)
    return [(stage, lines.get((stage.pk, "entry"), []), lines.get((stage.pk, "exit"), [])) for stage in stages]
