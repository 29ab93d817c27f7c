"""The lists of the advocacy desk: requests and works."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.http.lists import ACCOUNT, ACCOUNT_FILTERS, OWNER
from accounts.models import Account
from team.clock import today
from team.models import User
from ui import formats
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.cells import BLANK
from voc.models import AdvocacyRequest, AdvocacyWork

Rows = QuerySet[Any]
TONES = {"yes": "good", "no": "critical", "stalled": "risk", "none": ""}
WAITING, OVERDUE = "waiting", "overdue"
ANSWERS = [(WAITING, _("Waiting")), (OVERDUE, _("Overdue")), *AdvocacyRequest.Answer.choices]
STATES = [("in_use", _("In use")), ("at_risk", _("In use, account at risk")), ("ended", _("Over")),
          ("withdrawn", _("Withdrawn"))]  # fmt: skip
ENDS_SOON = dt.timedelta(days=30)


def _joined(*paths: str) -> Callable[[Rows], Rows]:
    return lambda rows: rows.select_related(*paths)


def is_overdue(row: AdvocacyRequest) -> bool:
    """No answer, and its day has passed."""
    return not row.answer and row.answer_by is not None and row.answer_by < today()


def answer_words(row: AdvocacyRequest) -> str:
    """The answer, or that it is waited for."""
    if row.answer:
        return str(row.get_answer_display())
    return _now("Overdue") if is_overdue(row) else _now("Waiting")


def answer_badge(row: AdvocacyRequest) -> object:
    """The same in its colour."""
    return badge(answer_words(row), tone=TONES[row.answer] if row.answer else "watch" if is_overdue(row) else "accent")


def warned_cell(row: AdvocacyRequest) -> object:
    """How much spoke against asking; all of it on hover."""
    if not row.warned_of:
        return BLANK
    words = ngettext("%(n)d warning", "%(n)d warnings", len(row.warned_of)) % {"n": len(row.warned_of)}
    return badge(words, tone="watch", title=" ".join(str(one.get("words", "")) for one in row.warned_of))


def _by_answer(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    """Waiting and overdue are no answers: nobody has given one."""
    wanted = Q(answer__in=[value for value in values if value not in (WAITING, OVERDUE)] or ["-"])
    if WAITING in values:
        wanted |= Q(answer="")
    if OVERDUE in values:
        wanted |= Q(answer="", answer_by__lt=today())
    return rows.exclude(wanted) if operator == "not" else rows.filter(wanted)


def _warned(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    return rows.exclude(warned_of=[]) if values[-1] else rows.filter(warned_of=[])


def askers(user: User) -> list[tuple[str, str]]:
    """Who asked for something. Names of colleagues alone; one probe of the table for each."""
    asked = AdvocacyRequest.objects.filter(asked_by=OuterRef("pk"))
    people = User.objects.filter(Exists(asked)).order_by("name")
    return [(str(pk), name) for pk, name in people.values_list("pk", "name")]


REQUESTS = ListSpec(
    name="advocacy",
    label=_("Advocacy requests"),
    default_sort="-asked",
    columns=(
        ACCOUNT,
        Column("kind", _("Asked for"), source="get_kind_display", width="md", rank=1),
        Column(
            "answer",
            _("Answer"),
            cell=answer_badge,
            export=answer_words,
            sort="answer",
            width="sm",
            rank=1,
            is_fixed=True,
        ),
        Column(
            "contact",
            _("Whom"),
            cell=lambda row: row.contact.name if row.contact else BLANK,
            export=lambda row: row.contact.name if row.contact else "",
            needs=_joined("contact"),
            width="md",
            rank=2,
        ),
        Column("purpose", _("What for"), source="purpose", width="lg", rank=3),
        Column(
            "asked", _("Asked"), kind="day", source="asked_on", sort="asked_on", width="sm", is_descending_first=True
        ),
        Column("by", _("Answer by"), kind="day", source="answer_by", sort="answer_by", width="sm", rank=3),
        Column("answered", _("Answered"), kind="day", source="answered_on", width="sm", rank=3, is_default=False),
        Column("reason", _("In their words"), source="reason", width="xl", rank=3),
        Column(
            "warned",
            _("Warned of"),
            cell=warned_cell,
            export=lambda row: " ".join(str(one.get("words", "")) for one in row.warned_of),
            width="sm",
            rank=3,
        ),
        Column(
            "who", _("Asked by"), kind="person", source="asked_by", needs=_joined("asked_by"), rank=3, is_default=False
        ),
        OWNER,
    ),
    filters=(
        Filter("answer", _("Answer"), choices=ANSWERS, apply=_by_answer),
        Filter("kind", _("Asked for"), choices=AdvocacyRequest.Kind.choices),
        Filter("asked", _("Asked"), "day", path="asked_on"),
        Filter("by", _("Answer by"), "day", path="answer_by", can_be_blank=True),
        Filter("who", _("Asked by"), "person", path="asked_by_id", choices=askers, can_be_blank=True),
        Filter("warned", _("Something spoke against it"), "flag", apply=_warned),
        *ACCOUNT_FILTERS,
    ),
    search=("account__name", "contact__name", "purpose", "reason"),
    row_url=lambda row: reverse("advocacy_request", args=[row.pk]),
    empty=Empty(
        _("Nobody was asked yet"),
        _("Ask those who are well and say so; what speaks against it is shown before you do."),
        url="/advocacy/candidates/",
        action=_("Whom to ask"),
        icon="megaphone",
    ),
)


def work_state(row: Any) -> str:
    """in_use, at_risk, ended or withdrawn; reads `account.summary`."""
    if row.withdrawn_at:
        return "withdrawn"
    if row.ends_on and row.ends_on < today():
        return "ended"
    account = row.account
    has_left = account.status == Account.Status.CHURNED
    return "at_risk" if has_left or account.summary.health_band in AdvocacyWork.RISK_BANDS else "in_use"


def work_words(row: Any) -> str:
    """The state in words."""
    return str(dict(STATES)[work_state(row)])


def _work_badge(row: Any) -> object:
    state = work_state(row)
    if state == "at_risk":
        return badge(_now("At risk"), tone="critical", title=_now("Its account is at risk"))
    return badge(work_words(row), tone="good" if state == "in_use" else "")


def _ends(row: Any) -> object:
    if row.ends_on is None:
        return BLANK
    shown = formats.day(row.ends_on)
    is_near = work_state(row) in ("in_use", "at_risk") and row.ends_on <= today() + ENDS_SOON
    return format_html('<span class="critical">{}</span>', shown) if is_near else shown


def _title(row: Any) -> object:
    if not row.url:
        return row.title
    return format_html('{} <a class="link" href="{}" rel="noopener noreferrer" target="_blank">{}</a>',
                       row.title, row.url, _now("open"))  # fmt: skip


def _in_state(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    day, found = today(), rows.none()
    parts = {
        "in_use": rows.in_use(day).exclude(pk__in=rows.at_risk().values("pk")),  # type: ignore[attr-defined]
        "at_risk": rows.in_use(day).filter(pk__in=rows.at_risk().values("pk")),  # type: ignore[attr-defined]
        "ended": rows.filter(withdrawn_at=None, ends_on__lt=day),
        "withdrawn": rows.filter(withdrawn_at__isnull=False),
    }
    for value in values:
        found = found | rows.filter(pk__in=parts[value].values("pk"))
    return rows.exclude(pk__in=found.values("pk")) if operator == "not" else found


WORKS = ListSpec(
    name="advocacy_works",
    label=_("Works with customers"),
    default_sort="-published",
    columns=(
        Column("title", _("Title"), cell=_title, export=lambda row: row.title, width="xl", rank=1, is_fixed=True),
        ACCOUNT,
        Column("kind", _("Kind"), source="get_kind_display", width="md", rank=2),
        Column(
            "state",
            _("State"),
            cell=_work_badge,
            export=work_words,
            width="md",
            rank=1,
            needs=_joined("account__summary"),
        ),
        Column(
            "published",
            _("Published"),
            kind="day",
            source="published_on",
            sort="published_on",
            width="sm",
            rank=3,
            is_descending_first=True,
        ),
        Column(
            "ends", _("May be used until"), kind="day", source="ends_on", sort="ends_on", cell=_ends, width="sm", rank=2
        ),
        Column("url", _("Address"), source="url", width="lg", rank=3, is_default=False),
        OWNER,
    ),
    filters=(
        Filter("state", _("State"), choices=STATES, apply=_in_state),
        Filter("kind", _("Kind"), choices=AdvocacyRequest.Kind.choices),
        Filter("published", _("Published"), "day", path="published_on", can_be_blank=True),
        Filter("ends", _("May be used until"), "day", path="ends_on", can_be_blank=True),
        *ACCOUNT_FILTERS,
    ),
    search=("title", "account__name"),
    row_url=lambda row: reverse("advocacy_work_edit", args=[row.pk]),
    empty=Empty(
        _("No works yet"),
        _("Case studies, webinars and quotes stand here with their account, and say so when it turns at risk."),
        url="/advocacy/works/new/",
        action=_("Add one"),
        icon="presentation",
    ),
)
