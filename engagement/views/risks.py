"""The queue of risks, one risk, and what people do with it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.models import Account
from engagement.forms.risks import FalseAlarmForm, SnoozeRiskForm, SnoozeRisksForm, StartPlayForm
from engagement.http.risk_list import risk_list
from engagement.models import Risk
from engagement.selectors.risk_pages import TABS, count_tabs, in_tab, lines_of, risks_of
from engagement.services import risk_actions as services
from lifecycle.services.plays.starting import PlayRefused
from team.http.access import current_user, posted
from team.models import ActionLog
from ui.http import done, render_part, say
from ui.lists import build_list, list_response


@require_safe
def risks(request: HttpRequest) -> HttpResponseBase:
    """Every open risk that the user may see, the gravest first; the snoozed, and the false alarms."""
    user = current_user(request)
    tab = request.GET.get("tab", TABS[0])
    if tab not in TABS:
        raise Http404
    rows = Risk.objects.visible_to(user)
    page = build_list(request, risk_list(user=user, tab=tab), in_tab(rows, tab, user))
    context = {
        "counts": count_tabs(rows, user) if not page.shown_before else {},
        **{f"is_{name}": name == tab for name in TABS},
    }
    return list_response(request, "engagement/risks/queue.html", page, context)


def _visible(request: HttpRequest, pk: int) -> Risk:
    rows = Risk.objects.visible_to(current_user(request))
    return get_object_or_404(rows.select_related("account__summary", "account__csm", "handled_by"), pk=pk)


def _editable(request: HttpRequest, pk: int) -> Risk:
    rows = Risk.objects.editable_by(current_user(request))
    return get_object_or_404(rows.select_related("account"), pk=pk)


def _context(request: HttpRequest, risk: Risk) -> dict[str, Any]:
    user = current_user(request)
    return {
        "line": lines_of([risk], user)[0],
        "risk": risk,
        "account": risk.account,
        "may_edit": Risk.objects.editable_by(user).filter(pk=risk.pk).exists(),
        "is_mine": risk.handled_by_id == user.pk,
    }


@require_safe
def risk(request: HttpRequest, pk: int) -> HttpResponse:
    """One risk: the finding, its figures, its rows, and what came before it on the account."""
    found = _visible(request, pk)
    context = _context(request, found)
    earlier = Risk.objects.filter(account=found.account_id, kind=found.kind).exclude(pk=found.pk)
    context["earlier"] = earlier.select_related("handled_by").order_by("-opened_on", "-pk")[:10]
    return render_part(request, "engagement/risks/risk.html", "risk", context)


@require_safe
def risk_peek(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview beside the queue, with every action on a key."""
    return render_part(request, "engagement/risks/peek.html", "peek", _context(request, _visible(request, pk)))


@require_safe
def risk_card(request: HttpRequest, pk: int) -> HttpResponse:
    """The open risks of an account, as its page shows them, again after a change."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.visible_to(user).with_summary(), pk=pk)
    context = {
        "account": account,
        "risks": risks_of(account, user),
        "may_edit": Account.objects.editable_by(user).filter(pk=pk).exists(),
    }
    return render_part(request, "engagement/risks/of_account.html", "risks", context)


Act = Callable[[dict[str, Any]], ActionLog | None]


def _dialog(
    request: HttpRequest, risk: Risk, form: forms.Form, *, title: str, save: str, said: str | Promise, act: Act
) -> HttpResponse:
    """Show the form, or act on it; what does not fit is said on the form."""
    is_past = risk.closed_at is not None
    if request.method == "POST" and form.is_valid() and not is_past:
        try:
            action = act(form.cleaned_data)
        except (services.RiskRefused, PlayRefused) as error:
            form.add_error(None, str(error))
        else:
            if action is None:
                said = _("Nothing had to change.")
            back = reverse("risk", args=[risk.pk])
            return done(request, back, said, undo=undo_url(action), event="risks-changed")
    context = {"risk": risk, "form": form, "dialog_title": title, "save": save, "is_past": is_past}
    return render_part(request, "engagement/risks/decision.html", "dialog", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def risk_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it rest until a day."""
    found, user = _editable(request, pk), current_user(request)
    return _dialog(
        request, found, SnoozeRiskForm(posted(request)), title=_("Snooze"), save=_("Snooze"), said=_("Snoozed"),
        act=lambda data: services.snooze_risk(actor=user, risk=found, **data),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def risk_false_alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """It is none; the rule learns of it."""
    found, user = _editable(request, pk), current_user(request)
    return _dialog(
        request, found, FalseAlarmForm(posted(request)), title=_("False alarm"), save=_("False alarm"),
        said=_("Closed as a false alarm"),
        act=lambda data: services.call_false_alarm(actor=user, risk=found, **data),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def risk_play(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the play that answers it."""
    found, user = _editable(request, pk), current_user(request)
    fitting = services.play_for(kind=found.kind, segment_id=found.account.segment_id)
    form = StartPlayForm(posted(request), initial={"playbook": fitting})

    def act(data: dict[str, Any]) -> ActionLog | None:
        play = services.start_risk_play(actor=user, risk=found, playbook=data["playbook"])
        if play is None:
            raise services.RiskRefused(_("This play runs on the account already."))
        return ActionLog.objects.filter(actor=user).order_by("-pk").first()

    return _dialog(
        request, found, form, title=_("Start a play"), save=_("Start"), said=_("The play has started"), act=act
    )


@require_POST
def risk_take(request: HttpRequest, pk: int) -> HttpResponse:
    """The user sees to it."""
    found = _editable(request, pk)
    action = services.take_risk(actor=current_user(request), risk=found)
    said = _("You see to it") if action else _("Nothing had to change.")
    return done(request, reverse("risk", args=[pk]), said, undo=undo_url(action), event="risks-changed")


@require_POST
def risk_wake(request: HttpRequest, pk: int) -> HttpResponse:
    """Back into the queue."""
    found = _editable(request, pk)
    action = services.wake_risk(actor=current_user(request), risk=found)
    return done(request, reverse("risk", args=[pk]), _("Back in the queue"), undo=undo_url(action),
                event="risks-changed")  # fmt: skip


@require_POST
def risks_snooze(request: HttpRequest) -> HttpResponse:
    """Let the picked ones rest, and come back to the queue as it was."""
    user = current_user(request)
    if not user.can_edit:
        raise Http404
    form = SnoozeRisksForm(request.POST)
    back = HttpResponseRedirect(_back(request))
    if not form.is_valid():
        say(request, _("Nothing was changed: pick rows, and say until when and why."), is_bad=True)
        return back
    data = form.cleaned_data
    picked = list(Risk.objects.editable_by(user).filter(pk__in=data["selected"]))
    action = services.snooze_risks(actor=user, risks=picked, until=data["until"], reason=data["reason"])
    number = len(picked)
    words = ngettext("%(n)s risk rests", "%(n)s risks rest", number) % {"n": number}
    say(request, words if action else _("Nothing had to change."), undo=undo_url(action))
    return back


def _back(request: HttpRequest) -> str:
    """The queue that the person came from, when it is ours. SECURITY: only back to this host."""
    referer = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if referer and is_ours else reverse("risks")
