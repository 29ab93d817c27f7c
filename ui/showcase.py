"""Sample data of the components page; nothing here is stored."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse

from ui import charts, hooks
from ui.charts import Dot, Estimate, Marker, Passage, Series, Step, Zone
from ui.components.marks import health, spark
from ui.forms import Combobox, DayField, Inline, Scale, Switch
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.keyset import Cursor
from ui.lists.page import ListPage
from ui.lists.terms import Term

STAGES = (("onboarding", "Onboarding"), ("adopting", "Adopting"), ("renewing", "Renewing"))


class SampleForm(forms.Form):
    """One of each kind of field."""

    name = forms.CharField(help_text="As on the contract.")
    email = forms.EmailField(label="Work e-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    seats = forms.IntegerField(required=False, min_value=1)
    stage = forms.ChoiceField(choices=STAGES)
    renews_on = DayField(label="Renews on", initial=dt.date(2026, 12, 23))
    owner = forms.CharField(required=False, widget=Combobox(url="/_/components/"))
    feeling = forms.ChoiceField(choices=(("good", "Good"), ("mixed", "Mixed"), ("bad", "Bad")), widget=Inline)
    score = forms.ChoiceField(label="How likely are they to renew?", choices=[(n, n) for n in range(11)], widget=Scale)
    note = forms.CharField(required=False, widget=forms.Textarea)
    is_private = forms.BooleanField(label="Only my team sees it", required=False, help_text="Managers see it too.")
    is_on = forms.BooleanField(label="Send me a summary each Monday", required=False, widget=Switch, initial=True)


@dataclass(frozen=True)
class Sample:
    pk: int
    name: str
    health: int | None
    delta: int
    arr: int
    renews_on: dt.date
    stage: str
    owner: str
    last_touch_at: dt.datetime
    next_step: str

    def __str__(self) -> str:
        return self.name


def _path(row: Sample) -> str:
    top = row.health or 50
    return charts.spark_path([min(100, max(0, top + 12 * math.sin(row.pk + week / 2))) for week in range(12)])


SAMPLES = ListSpec(
    name="samples",
    label="Sample accounts",
    default_sort="health",
    columns=(
        Column("name", "Account", sort="name", width="xl", rank=1, is_fixed=True),
        Column(
            "health",
            "Health",
            kind="custom",
            sort="health",
            width="sm",
            rank=1,
            cell=lambda row: health(row.health, row.delta),
        ),
        Column("spark", "12 weeks", kind="custom", width="sm", cell=lambda row: spark(_path(row)), rank=3),
        Column("arr", "ARR", kind="money", sort="arr", width="sm", rank=1, is_descending_first=True),
        Column("renews_on", "Renewal", kind="day", sort="renews_on", width="md"),
        Column("stage", "Stage", sort="stage", width="md"),
        Column("owner", "Owner", kind="person", width="lg", rank=3),
        Column("last_touch_at", "Last touch", kind="time", width="md"),
        Column("next_step", "Next step", width="lg", rank=3),
    ),
    filters=(
        Filter("stage", "Stage", choices=STAGES, can_be_blank=True),
        Filter("arr", "ARR", "money"),
        Filter("renewal", "Renewal", "day", path="renews_on"),
        Filter("name", "Name", "text"),
    ),
    search=("name",),
    row_url=lambda row: f"?row={row.pk}",
    is_selectable=True,
    empty=Empty("No accounts yet", "Import them or add the first one.", url="?", action="Import accounts"),
)


def sample_rows() -> list[Sample]:
    today, now = hooks.today(), hooks.now()
    names = ("Adventure Media", "Trey Motors", "Northwind Bank", "Margie Retail", "Yonder Insurance", "Litware Health")
    owners = ("Carla Smith", "Ole Jensen", "Mei Lin")
    steps = ("Book the business review", "Find a new champion", "Escalate the ticket")
    return [
        Sample(
            pk=number,
            name=names[number % len(names)],
            health=None if number == 4 else (7 + number * 17) % 100,
            delta=(number * 5) % 13 - 6,
            arr=113_000 + number * 287_000,
            renews_on=today + dt.timedelta(days=11 * number + 3),
            stage=STAGES[number % 3][1],
            owner=owners[number % 3],
            last_touch_at=now - dt.timedelta(hours=7**number),
            next_step=steps[number % 3],
        )
        for number in range(6)
    ]


def sample_list(request: HttpRequest, rows: Sequence[Any], *, words: str = "", error: str = "") -> ListPage:
    """A list page as `build_list` makes it, of rows that are in no table."""
    return ListPage(
        spec=SAMPLES,
        request=request,
        columns=list(SAMPLES.columns),
        chosen=[],
        filters={one.key: one for one in SAMPLES.filters},
        terms=[Term("stage", "is", ("renewing",)), Term("arr", "from", ("100k",))] if rows else [],
        words=words,
        sort="health",
        problems=[error] if error else [],
        objects=rows,
        next=Cursor(6, "92") if rows else None,
        shown_before=SAMPLES.most_rows,
    )


def sample_figures() -> dict[str, charts.Figure | None]:
    today = hooks.today()
    days = [today - dt.timedelta(weeks=week) for week in range(25, -1, -1)]
    scores = [52 + 20 * math.sin(index / 5) + index / 2 for index in range(26)]
    estimates = [
        Estimate(
            day, 34 + 8 * math.sin(index), 22 + 8 * math.sin(index), 46 + 8 * math.sin(index), 6 if index == 3 else 40
        )
        for index, day in enumerate(days[::2])
    ]
    zones = [
        Zone(0, 40, "critical"),
        Zone(40, 60, "risk"),
        Zone(60, 70, "watch"),
        Zone(70, 80, "good"),
        Zone(80, 100, "great"),
    ]
    corners = ("Quiet fans", "Champions", "Say–do gap", "At risk")
    dots = [
        Dot(
            f"Account {n}",
            math.sin(n * 1.7),
            math.cos(n * 2.3),
            size=n % 17 + 1,
            tone=tone,
            url=f"?dot={n}",
            note=f"${n}0k",
        )
        for n, tone in enumerate(["critical", "risk", "watch", "good", "great"] * 10)
    ]
    cohorts = [(f"2026 Q{q}", [100 - 4 * p if p <= 4 - q else None for p in range(5)]) for q in range(1, 5)]
    return {
        "history": charts.line(
            [Series("Health", list(zip(days, scores, strict=True)))],
            title="Health",
            unit="0 to 100, weekly",
            low=0,
            high=100,
            zones=zones,
            markers=[Marker(days[9], "Champion left")],
        ),
        "nps": charts.band(estimates, title="NPS", unit="95 % band", low=0),
        "waterfall": charts.waterfall(
            [
                Step("Start", 12_400, is_total=True),
                Step("Churn", -1610),
                Step("Contraction", -940),
                Step("Renewed", 9_850, is_total=True),
                Step("Expansion", 2_320),
                Step("End", 12_170, is_total=True),
            ],
            title="Renewal waterfall",
            unit="thousand USD",
        ),
        "quadrant": charts.quadrant(dots, title="Say and do", corners=corners, axes=("What they say", "What they do")),
        "heat": charts.heat(
            cohorts, title="ARR retention", columns=["Q0", "Q1", "Q2", "Q3", "Q4"], corner="Cohort", unit="%"
        ),
        "sankey": charts.sankey(
            [
                charts.Station("Signed", 412, 18, 31, "?signed"),
                charts.Station("Onboarding", 370, 26, 60),
                charts.Station("First value", 325, 12, 44),
            ],
            title="The way of the year",
            end="Renewed",
        ),
        "funnel": charts.funnel(
            [
                Passage("Signed", 430),
                Passage("Onboarding", 412),
                Passage("Adopting", 338),
                Passage("Value proven", 285),
            ],
            title="Journey",
            unit="accounts",
        ),
        "bars": charts.bars(
            [charts.Bar("Scheduling", 1840), charts.Bar("Reports", 920), charts.Bar("Approvals", 310)],
            title="Adoption",
            unit="events",
        ),
        "pareto": charts.pareto(
            [
                charts.Portion("Export", 60, 0.6, 0.6),
                charts.Portion("Log-in", 25, 0.25, 0.85),
                charts.Portion("Prices", 15, 0.15, 1.0),
            ],
            title="Causes",
            unit="pieces",
        ),
        "whiskers": charts.whiskers(
            [charts.Reach("Enterprise", 34, 18, 50, 84), charts.Reach("Small", -8, -52, 36, 7)],
            title="NPS by segment",
            low=-100,
            high=100,
            middle=21,
            middle_name="All",
        ),
        "nothing": None,
    }


def context_for(request: HttpRequest) -> dict[str, Any]:
    """Everything that the components page shows."""
    return {
        "form": SampleForm(auto_id="fresh_%s"),
        "bad_form": SampleForm({"name": "", "email": "ana", "renews_on": "3/4/2026"}, auto_id="bad_%s"),
        "page": sample_list(request, sample_rows()),
        "no_rows": sample_list(request, []),
        "none_match": sample_list(request, [], words="zzz"),
        "bad_page": sample_list(request, [], error="There is no filter “owner__password” here; there are: arr, name."),
        "figures": sample_figures(),
        "facts": [
            ("Owner", "Carla Smith"),
            ("ARR", "$1.8M"),
            ("Renews", "23 Dec 2026"),
            ("Next step", "Book the review"),
        ],
        "steps": ["File", "Columns", "Preview", "Done"],
        "options": [
            ("1", "Carla Smith", "12 accounts"),
            ("2", "Ole Jensen", "9 accounts"),
            ("3", "Mei Lin", "14 accounts"),
        ],
        "moment": hooks.now() - dt.timedelta(hours=3),
        "components_url": reverse("components"),
    }
