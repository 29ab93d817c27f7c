"""Plays: one with its steps, what people decide about it, and starting by hand."""

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account
from lifecycle.forms.playbooks import ReasonForm, StartForm
from lifecycle.models import Play, Playbook
from lifecycle.selectors.actions import action_behind
from lifecycle.selectors.play_pages import line_of, with_parts
from lifecycle.services.plays.many import start_plays
from lifecycle.services.plays.starting import PlayRefused, start_play
from lifecycle.services.plays.stopping import hurry_step, skip_step, stop_play
from lifecycle.views.playbooks import undo_url
from team.http.access import current_user, posted, requires_editor, requires_role
from team.models import Role
from ui.http import done, render_part

CHANGED = "account-changed"
_PARTS = ("playbook", "account__csm", "owner", "started_by", "trigger")


@require_safe
@requires_role(Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
def play(request: HttpRequest, play_id: int) -> HttpResponse:
    """One play: every step, what it came to, and what comes next."""
    user = current_user(request)
    plays = with_parts(Play.objects.visible_to(user)).select_related("started_by")
    found = get_object_or_404(plays, pk=play_id)
    context = {
        "line": line_of(found),
        "play": found,
        "can_edit": Account.objects.editable_by(user).filter(pk=found.account_id).exists(),
    }
    return render_part(request, "lifecycle/playbooks/play.html", "play", context)


def _running(request: HttpRequest, play_id: int) -> Play:
    accounts = Account.objects.editable_by(current_user(request))
    plays = Play.objects.open().filter(account__in=accounts).select_related(*_PARTS)
    return get_object_or_404(plays, pk=play_id)


def _decide(
    request: HttpRequest, play: Play, *, heading: str, save: str, hint: str, text: str, act: Callable[[str], object]
) -> HttpResponse:
    """Ask for the reason in a dialog, then do it."""
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        act(form.cleaned_data["reason"])
        return done(request, reverse("play", args=[play.pk]), text, event=CHANGED)
    context = {"play": play, "form": form, "heading": heading, "save": save, "hint": hint}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/playbooks/reason.html", "dialog", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def play_stop(request: HttpRequest, play_id: int) -> HttpResponse:
    """End a play: its open tasks are cancelled, its unread mails are not sent."""
    found = _running(request, play_id)
    return _decide(
        request,
        found,
        heading=_("Stop the play"),
        save=_("Stop it"),
        hint=_("Its open tasks are cancelled and its unread mails are not sent. What went out stays out."),
        text=_("Play stopped"),
        act=lambda reason: stop_play(actor=current_user(request), play=found, reason=reason),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def play_skip(request: HttpRequest, play_id: int, key: str) -> HttpResponse:
    """Leave the present step out and go on."""
    found = _running(request, play_id)
    return _decide(
        request,
        found,
        heading=_("Skip the step"),
        save=_("Skip it"),
        hint=_("The play goes on with the next step."),
        text=_("Step skipped"),
        act=lambda reason: skip_step(actor=current_user(request), play=found, reason=reason, step_key=key),
    )


@require_POST
@requires_editor
def play_hurry(request: HttpRequest, play_id: int, key: str) -> HttpResponse:
    """Do the next step now instead of on its day."""
    found = _running(request, play_id)
    hurry_step(actor=current_user(request), play=found, step_key=key)
    return done(request, reverse("play", args=[found.pk]), _("The step is done within a minute"), event=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def play_start(request: HttpRequest, account_id: int) -> HttpResponse:
    """Start a playbook by hand on one account (key p)."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user), pk=account_id)
    form = StartForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = start_play(playbook=form.cleaned_data["playbook"], account=account, actor=user)
        except PlayRefused as error:
            form.add_error(None, str(error))
        else:
            if made is not None:
                undo = undo_url(action_behind(actor=user, service="lifecycle.undo_start_play", play_id=made.pk))
                return done(
                    request, reverse("account_plan", args=[account.pk]), _("Play started"), undo=undo, event=CHANGED
                )
            form.add_error("playbook", _("It runs here already."))
    context = _start_context(form) | {"account": account, "action": request.path}
    return render_part(request, "lifecycle/playbooks/start.html", "dialog", context, status=422 if form.errors else 200)


def _start_context(form: StartForm) -> dict[str, object]:
    field = form.fields["playbook"]
    return {"form": form, "has_any": field.queryset.exists()}  # type: ignore[attr-defined]


def _picked(request: HttpRequest) -> Sequence[Account]:
    ids = [int(key) for key in request.POST.getlist("selected") if key.isdecimal() and len(key) < 19]
    return list(Account.objects.editable_by(current_user(request)).filter(pk__in=ids[:500]).order_by("name"))


@require_POST
@requires_editor
def plays_start(request: HttpRequest) -> HttpResponse:
    """The same on the picked accounts of the list: first which playbook, then one press, one undo."""
    user = current_user(request)
    accounts = _picked(request)
    is_chosen = "playbook" in request.POST
    form = StartForm(request.POST if is_chosen else None)
    if is_chosen and form.is_valid():
        playbook: Playbook = form.cleaned_data["playbook"]
        try:
            started, action = start_plays(actor=user, playbook=playbook, accounts=accounts)
        except PlayRefused as error:
            form.add_error(None, str(error))
        else:
            words = ngettext("%(n)s play started", "%(n)s plays started", started) % {"n": started}
            if started < len(accounts):
                words += " · " + _("%(n)s run already") % {"n": len(accounts) - started}
            return done(request, reverse("accounts"), words, undo=undo_url(action), event="accounts-changed")
    context = _start_context(form) | {"accounts": accounts, "action": request.path}
    return render_part(request, "lifecycle/playbooks/start.html", "dialog", context, status=422 if form.errors else 200)
