"""The feedback inbox: the list with its preview, a piece's own page, and what one key does to a piece."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.http.access import current_user, posted, requires_editor
from team.models import ActionLog, Department, User
from ui.http import done, render_part, say, toast, trigger, wants_part
from ui.lists import build_list, list_response
from voc.forms.feedback import PickedForm, PickedRouteForm
from voc.forms.insights import RouteForm
from voc.http.inbox_list import inbox_list
from voc.models import Feedback, Theme
from voc.selectors.inbox import TABS, counts_for, forget_counts, in_tab, read_history, read_piece, with_parts
from voc.services.inbox.handling import handle_feedback, send_to_department
from voc.services.routing import Unroutable

CHANGED = "feedback-changed"


def undo_url(action: ActionLog | None) -> str | None:
    """Where a POST takes the action back."""
    return reverse("undo", args=[action.pk]) if action else None


def tabs_context(user: User, tab: str) -> dict[str, object]:
    """The row of tabs with its counts."""
    return {"counts": counts_for(user), "tab": tab, **{f"is_{name}": name == tab for name in TABS}}


@require_safe
def feedback(request: HttpRequest) -> HttpResponseBase:
    """Everything that was said, from all sources; `?tab=` todo (waits for a person), all, handled."""
    user = current_user(request)
    tab = request.GET.get("tab") or "todo"
    if tab not in TABS:
        raise Http404
    rows = in_tab(Feedback.objects.visible_to(user).with_place(), tab).select_related("account", "contact")
    page = build_list(request, inbox_list(user=user, tab=tab), rows)
    context = tabs_context(user, tab)
    if user.can_edit:
        context |= {"departments": Department.objects.all(), "themes": Theme.objects.all()}
    return list_response(request, "voc/feedback/feedback.html", page, context)


def _piece(request: HttpRequest, pk: int) -> dict[str, object]:
    user = current_user(request)
    found = get_object_or_404(with_parts(Feedback.objects.visible_to(user)), pk=pk)
    return {"piece": read_piece(feedback=found, user=user), "feedback": found, "may_edit": user.can_edit}


@require_safe
def feedback_peek(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview: the words, what they rest on, what to do."""
    return render_part(request, "voc/feedback/peek.html", "peek", _piece(request, pk))


@require_safe
def feedback_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece's own page, with its history."""
    context = _piece(request, pk)
    found = context["feedback"]
    assert isinstance(found, Feedback)
    return render_part(request, "voc/feedback/page.html", "piece", context | {"history": read_history(found)})


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def feedback_route(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one piece into a department's queue by hand."""
    user = current_user(request)
    rows = Feedback.objects.editable_by(user).filter(quoted_in__isnull=True, account__isnull=False)
    found = get_object_or_404(rows.select_related("account__summary", "contact"), pk=pk)
    tag = found.tags.select_related("theme").order_by("-is_by_person", "id").first()
    start = {"theme": tag.theme_id, "department": tag.theme.department_id} if tag else {}
    form = RouteForm(posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            action = send_to_department(actor=user, feedback=[found], **form.cleaned_data)
        except Unroutable as error:
            form.add_error(None, str(error))
        else:
            forget_counts(user)
            text = _("In the queue of %(department)s") % {"department": form.cleaned_data["department"].name}
            return done(request, reverse("feedback"), text, undo=undo_url(action), event=CHANGED)
    context = {"feedback": found, "form": form}
    return render_part(request, "voc/feedback/route.html", "dialog", context, status=422 if form.errors else 200)


@require_POST
@requires_editor
def feedback_handled(request: HttpRequest, pk: int) -> HttpResponse:
    """One key: looked at, nothing to do; `is_handled=0` puts it back. Pressed in the list, the row goes."""
    user = current_user(request)
    found = get_object_or_404(Feedback.objects.editable_by(user), pk=pk)
    is_handled = request.POST.get("is_handled", "1") == "1"
    action = handle_feedback(actor=user, feedback_ids=[found.pk], is_handled=is_handled)
    forget_counts(user)
    text = _("Looked at") if is_handled else _("Back to do")
    if wants_part(request) and request.POST.get("row") == "todo":
        answer = render(request, "voc/feedback/feedback.html#fresh-tabs", tabs_context(user, "todo"))
        return toast(answer, text, undo=undo_url(action))
    return done(request, reverse("feedback"), text, undo=undo_url(action), event=CHANGED)


@require_POST
@requires_editor
def feedback_bulk(request: HttpRequest, what: str) -> HttpResponse:
    """Do one thing to the picked rows and come back to the list as it was: `handle` or `route`."""
    user = current_user(request)
    if what not in {"handle", "route"}:
        raise Http404
    form = (PickedForm if what == "handle" else PickedRouteForm)(request.POST, user=user)
    if not form.is_valid():
        say(request, _("Nothing was changed: pick rows, and a department."), is_bad=True)
        return HttpResponseRedirect(_back(request))
    try:
        action = _do(user, form)
    except Unroutable as error:
        say(request, str(error), is_bad=True)
    else:
        forget_counts(user)
        say(request, action.verb if action else _("Nothing had to change."), undo=undo_url(action))
    return HttpResponseRedirect(_back(request))


def _do(user: User, form: PickedForm) -> ActionLog | None:
    picked = form.feedback()
    if isinstance(form, PickedRouteForm):
        to, theme = form.cleaned_data["department"], form.cleaned_data["theme"]
        return send_to_department(actor=user, feedback=picked, department=to, theme=theme)
    return handle_feedback(actor=user, feedback_ids=[one.pk for one in picked])


def _back(request: HttpRequest) -> str:
    """The list that the person came from, when it is ours."""
    referer = request.headers.get("Referer", "")
    # SECURITY: only back to this host.
    is_ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if referer and is_ours else reverse("feedback")


def changed(request: HttpRequest, found: Feedback, text: str, action: ActionLog | None) -> HttpResponse:
    """Answer a change of one piece: toast with its way back; list, page and preview look again."""
    forget_counts(current_user(request))
    url = reverse("feedback_page", args=[found.pk])
    return trigger(done(request, url, text, undo=undo_url(action)), CHANGED)
