"""The roll-out of listening: scope, goals, who read and acted, who stayed."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.selectors.sizes import is_quick
from team.http.access import current_user, posted, requires_role
from team.http.reports import query_of, report_of
from team.models import Role, User
from ui.formats import signed
from ui.hooks import default_currency
from ui.http import done, render_part
from voc.forms.programme import GoalForm, NewGoalForm, ProgrammeForm
from voc.formulas.standardised import Compared
from voc.models import ProgrammeGoal
from voc.selectors.programme import CLOSE_DAYS, FOLLOW_DAYS, ProgrammeReading, read_programme, scope_words
from voc.services import programme as services

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
WRITERS = services.WRITERS
CHANGED = "programme-changed"


@require_safe
@requires_role(*READERS)
def programme(request: HttpRequest) -> HttpResponse:
    """Scope, goals against figures, who read and acted by week, and who stayed."""
    user, known = current_user(request), services.the_programme()
    report = report_of(request, "programme", is_quick=is_quick(user))
    reading: ProgrammeReading | None = report.figures if report else None
    context = {
        "programme": known,
        "is_set_up": not known._state.adding,
        "scope": scope_words(known),
        "report": report,
        "report_query": query_of(request),
        "reading": reading,
        "retention_words": _retention_words(reading.retention if reading else None),
        "currency": default_currency(),
        "can_write": user.role in WRITERS,
        "close_days": CLOSE_DAYS,
        "follow_days": FOLLOW_DAYS,
    }
    return render_part(request, "voc/analysis/programme.html", "programme", context)


def _retention_words(found: Compared | None) -> tuple[str, str]:
    """The difference in points, and its interval."""
    if found is None:
        return "", ""
    value, low, high = (signed(100 * end, 1) for end in (found.difference, found.low, found.high))
    return value, _("95 %% interval %(low)s to %(high)s") % {"low": low, "high": high}


def programme_report(user: User, params: QueryDict) -> ProgrammeReading:
    """A report of settings.REPORTS: the figures of the programme."""
    return read_programme(user, services.the_programme())


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def programme_edit(request: HttpRequest) -> HttpResponse:
    """Name, start, sponsor, and the accounts in scope."""
    form = ProgrammeForm(posted(request), instance=services.the_programme())
    if request.method == "POST" and form.is_valid():
        action = services.edit_programme(actor=current_user(request), **form.cleaned_data)
        return done(request, reverse("programme"), _("Programme saved"), undo=undo_url(action), event=CHANGED)
    context = {"form": form}
    return render_part(request, "voc/analysis/programme_edit.html", "edit", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def programme_goal_add(request: HttpRequest) -> HttpResponse:
    """A goal for one of the figures that have none."""
    form = NewGoalForm(posted(request))
    if request.method == "POST" and form.is_valid():
        action = services.add_goal(actor=current_user(request), **form.arguments())
        return done(request, reverse("programme"), _("Goal saved"), undo=undo_url(action), event=CHANGED)
    return _goal_dialog(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def programme_goal(request: HttpRequest, pk: int) -> HttpResponse:
    """Another target, date or owner."""
    goal = get_object_or_404(ProgrammeGoal, pk=pk)
    form = GoalForm(posted(request), instance=goal)
    if request.method == "POST" and form.is_valid():
        action = services.edit_goal(actor=current_user(request), goal=goal, **form.cleaned_data)
        return done(request, reverse("programme"), _("Goal saved"), undo=undo_url(action), event=CHANGED)
    return _goal_dialog(request, form, goal)


@require_POST
@requires_role(*WRITERS)
def programme_goal_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a goal away."""
    action = services.delete_goal(actor=current_user(request), goal=get_object_or_404(ProgrammeGoal, pk=pk))
    return done(request, reverse("programme"), _("Goal deleted"), undo=undo_url(action), event=CHANGED)


def _goal_dialog(request: HttpRequest, form: GoalForm | NewGoalForm, goal: ProgrammeGoal | None) -> HttpResponse:
    context = {"form": form, "goal": goal}
    return render_part(
        request, "voc/analysis/programme_goal.html", "dialog", context, status=422 if form.errors else 200
    )
