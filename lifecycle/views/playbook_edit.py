"""Writing a playbook: its rule on one page, its steps below, each step in a dialog."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.conditions import render_row
from lifecycle.forms.playbooks import STEP_FORMS, PlaybookForm, payload_names
from lifecycle.models import Playbook, PlaybookStep
from lifecycle.selectors.playbooks import problems_of, read_step_lines
from lifecycle.services import playbooks as services
from lifecycle.views.playbooks import WRITERS, undo_url
from team.http.access import current_user, posted, requires_role
from ui.http import done, render_part, say, toast, wants_part

CHANGED = "playbook-changed"


def _writable(playbook_id: int) -> Playbook:
    return get_object_or_404(Playbook, pk=playbook_id, archived_at=None)


@require_safe
@requires_role(*WRITERS)
def trigger_row(request: HttpRequest, kind: str) -> HttpResponse:
    """One row of conditions on what a kind of trigger carries."""
    return render_row(request, payload_names(kind)(), reverse("trigger_row", args=[kind]))


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def playbook_edit(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """The rule and the steps. `?trigger_kind=` redraws what may be asked about what happened."""
    found = _writable(playbook_id)
    initial: dict[str, Any] = {"segments": found.segments.all()}
    if "trigger_kind" in request.GET:
        initial["trigger_kind"] = request.GET["trigger_kind"]
        initial["trigger_match"] = []
    form = PlaybookForm(posted(request), instance=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        kept = get_object_or_404(Playbook, pk=playbook_id)
        try:
            action = services.edit_playbook(actor=current_user(request), playbook=kept, **form.cleaned_data)
        except services.PlaybookRefused as error:
            form.add_error(None, str(error))
        else:
            return done(request, reverse("playbook_edit", args=[kept.pk]), _("Playbook saved"), undo=undo_url(action))
    fresh = get_object_or_404(Playbook, pk=playbook_id)
    context = _steps_context(fresh) | {"form": form}
    parts = ("steps", "trigger-match", "rule")
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/playbooks/playbook_edit.html", parts, context, status=status)


def _steps_context(playbook: Playbook) -> dict[str, Any]:
    return {
        "playbook": playbook,
        "lines": read_step_lines(playbook),
        "problems": problems_of(playbook),
        "kinds": [(kind, words) for kind, words in PlaybookStep.Kind.choices],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def playbook_step_add(request: HttpRequest, playbook_id: int, kind: str) -> HttpResponse:
    """A new step at the end."""
    found = _writable(playbook_id)
    if kind not in STEP_FORMS:
        raise Http404
    form = STEP_FORMS[kind](posted(request), playbook=found)
    if request.method == "POST" and form.is_valid():
        try:
            action = services.add_step(actor=current_user(request), playbook=found, kind=kind, **form.values())
        except services.PlaybookRefused as error:
            form.add_error(None, str(error))
        else:
            return _saved(request, found, _("Step added"), action)
    return _step_form(request, found, form, kind, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def playbook_step(request: HttpRequest, playbook_id: int, key: str) -> HttpResponse:
    """One step; plays that run keep the steps that they started with."""
    found = _writable(playbook_id)
    step = get_object_or_404(found.steps, key=key)
    form = STEP_FORMS[step.kind](posted(request), playbook=found, step=step)
    if request.method == "POST" and form.is_valid():
        try:
            action = services.edit_step(actor=current_user(request), playbook=found, key=key, **form.values())
        except services.PlaybookRefused as error:
            form.add_error(None, str(error))
        else:
            return _saved(request, found, _("Step saved"), action)
    return _step_form(request, found, form, step.kind, step)


def _step_form(
    request: HttpRequest, playbook: Playbook, form: Any, kind: str, step: PlaybookStep | None
) -> HttpResponse:
    words = dict(PlaybookStep.Kind.choices)[PlaybookStep.Kind(kind)]
    context = {"playbook": playbook, "form": form, "step": step, "kind_words": words}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/playbooks/step.html", "dialog", context, status=status)


def _saved(request: HttpRequest, playbook: Playbook, text: str, action: Any) -> HttpResponse:
    return done(request, reverse("playbook_edit", args=[playbook.pk]), text, undo=undo_url(action), event=CHANGED)


@require_POST
@requires_role(*WRITERS)
def playbook_step_move(request: HttpRequest, playbook_id: int, key: str) -> HttpResponse:
    """Up or down by one."""
    found = _writable(playbook_id)
    get_object_or_404(found.steps, key=key)
    return _rearrange(
        request,
        found,
        lambda: services.move_step(
            actor=current_user(request), playbook=found, key=key, up=request.POST.get("to") != "down"
        ),
        "",
    )


@require_POST
@requires_role(*WRITERS)
def playbook_step_remove(request: HttpRequest, playbook_id: int, key: str) -> HttpResponse:
    """Take a step out."""
    found = _writable(playbook_id)
    get_object_or_404(found.steps, key=key)
    return _rearrange(
        request,
        found,
        lambda: services.remove_step(actor=current_user(request), playbook=found, key=key),
        _("Step removed"),
    )


def _rearrange(request: HttpRequest, playbook: Playbook, act: Any, text: str) -> HttpResponse:
    """Do it and draw the steps anew; what a playbook that is on does not allow is said."""
    undo, is_bad = None, False
    try:
        undo = undo_url(act())
    except services.PlaybookRefused as error:
        text, is_bad = str(error), True
    if not wants_part(request):
        if text:
            say(request, text, undo=undo, is_bad=is_bad)
        return HttpResponseRedirect(reverse("playbook_edit", args=[playbook.pk]))
    context = _steps_context(get_object_or_404(Playbook, pk=playbook.pk))
    response = render_part(request, "lifecycle/playbooks/playbook_edit.html", "steps", context)
    return toast(response, text, undo=undo, is_bad=is_bad) if text else response
