"""Playbooks: the list, one with its plays, its dry run, and the switches."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.forms.playbooks import NewPlaybookForm
from lifecycle.http.trials import Look, look_at_playbook
from lifecycle.models import Play, Playbook
from lifecycle.selectors.play_pages import count_plays, plays_from
from lifecycle.selectors.playbooks import effect_figures, problems_of, read_playbooks, read_step_lines, rule_in_words
from lifecycle.selectors.plays import effect_of
from lifecycle.selectors.trials import rows_for
from lifecycle.services import playbooks as services
from lifecycle.services.defaults_plays import ensure_starter_playbooks
from team.http.access import current_user, posted, requires_role
from team.models import ActionLog, Role
from ui.http import render_part, say

WRITERS = (Role.ADMIN, Role.MANAGER)
READERS = (*WRITERS, Role.CSM, Role.VIEWER)


def undo_url(action: ActionLog | None) -> str | None:
    """Where a POST takes the action back."""
    return reverse("undo", args=[action.pk]) if action else None


def may_write(request: HttpRequest) -> bool:
    """Whether the person changes playbooks, or only reads them."""
    return current_user(request).role in WRITERS


@require_safe
@requires_role(*READERS)
def playbooks(request: HttpRequest) -> HttpResponse:
    """Every playbook: what starts it, how many run, and whether it works."""
    is_archive = request.GET.get("show") == "archive"
    context = {"lines": read_playbooks(archived=is_archive), "can_write": may_write(request), "is_archive": is_archive}
    return render_part(request, "lifecycle/playbooks/playbooks.html", "playbooks", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def playbook_create(request: HttpRequest) -> HttpResponse:
    """A new one begins with a name and what starts it; it is off until somebody switches it on."""
    form = NewPlaybookForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = services.create_playbook(actor=current_user(request), **form.cleaned_data)
        return HttpResponseRedirect(reverse("playbook_edit", args=[made.pk]))
    context = {"form": form}
    return render_part(
        request, "lifecycle/playbooks/playbook_new.html", "new", context, status=422 if form.errors else 200
    )


@require_POST
@requires_role(*WRITERS)
def playbook_starters(request: HttpRequest) -> HttpResponse:
    """The starter set, without what is there or in the archive already."""
    made = ensure_starter_playbooks()
    said = ngettext("%(n)s playbook added", "%(n)s playbooks added", made) % {"n": made}
    say(request, said if made else _("All of them are there already, or in the archive"))
    return HttpResponseRedirect(reverse("playbooks"))


@require_safe
@requires_role(*READERS)
def playbook(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """What it does, whether it works, and its plays by state."""
    user = current_user(request)
    found = get_object_or_404(Playbook, pk=playbook_id)
    state = request.GET.get("state", Play.State.RUNNING)
    state = state if state in Play.State.values else Play.State.RUNNING
    effect = effect_of(found)
    context = {
        "playbook": found,
        "rule": rule_in_words(found),
        "segments": list(found.segments.all()),
        "lines": read_step_lines(found),
        "problems": problems_of(found),
        "effect": effect,
        "figures": effect_figures(effect),
        "counts": count_plays(found, user),
        "plays": plays_from(found, user, state=state),
        "state": state,
        "can_write": may_write(request),
    }
    return render_part(request, "lifecycle/playbooks/playbook.html", "plays", context)


@require_safe
@requires_role(*READERS)
def playbook_dry_run(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """What it would have done in the last 90 days: how many, for whom, on which accounts."""
    found = get_object_or_404(Playbook, pk=playbook_id)
    look = look_at_playbook(request, found)
    rows, is_cut = rows_for(look.run, current_user(request)) if look.run else ([], False)
    context = {
        "playbook": found,
        "run": look.run,
        "trial": look.trial,
        "rows": rows,
        "is_cut": is_cut,
        "problems": problems_of(found),
        "can_write": may_write(request),
    }
    return render_part(request, "lifecycle/playbooks/dry_run.html", "dry-run", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def playbook_switch(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """On or off, asked once more: on starts work for people."""
    found = get_object_or_404(Playbook, pk=playbook_id, archived_at=None)
    back = reverse("playbook", args=[found.pk])
    problems = [] if found.is_on else problems_of(found)
    if request.method == "POST" and not problems:
        switch = services.switch_playbook_off if found.is_on else services.switch_playbook_on
        action = switch(actor=current_user(request), playbook=found)
        text = _("Switched off") if found.is_on else _("Switched on")
        say(request, text, undo=undo_url(action))
        return HttpResponseRedirect(back)
    look = Look() if found.is_on or problems or not found.trigger_kind else look_at_playbook(request, found)
    context = {"playbook": found, "problems": problems, "run": look.run, "trial": look.trial, "back": back}
    status = 422 if request.method == "POST" else 200
    return render_part(request, "lifecycle/playbooks/switch.html", "dialog", context, status=status)


@require_POST
@requires_role(*WRITERS)
def playbook_copy(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """The same once more, switched off, to change."""
    found = get_object_or_404(Playbook, pk=playbook_id)
    copy = services.copy_playbook(actor=current_user(request), playbook=found)
    say(request, _("Copied; it is off"))
    return HttpResponseRedirect(reverse("playbook_edit", args=[copy.pk]))


@require_POST
@requires_role(*WRITERS)
def playbook_archive(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """Put it away; plays that run go on."""
    found = get_object_or_404(Playbook, pk=playbook_id)
    action = services.archive_playbook(actor=current_user(request), playbook=found)
    say(request, _("Archived"), undo=undo_url(action))
    return HttpResponseRedirect(reverse("playbooks"))


@require_POST
@requires_role(*WRITERS)
def playbook_unarchive(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """Take it out of the archive."""
    found = get_object_or_404(Playbook, pk=playbook_id)
    services.unarchive_playbook(actor=current_user(request), playbook_id=found.pk)
    say(request, _("Taken out of the archive; it is off"))
    return HttpResponseRedirect(reverse("playbook", args=[found.pk]))
