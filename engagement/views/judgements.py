"""Judgements by hand on the account's health."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http.editing import CHANGED, undo_url
from accounts.models import Account
from engagement.forms.judgements import WHOLE, JudgementForm
from engagement.models import ManualJudgement
from engagement.selectors.health import health_of
from engagement.selectors.judgements import judged_components
from engagement.services.judgements import judge_by_hand, withdraw_judgement
from team.clock import today
from team.http.access import current_user, posted, requires_editor
from ui import formats
from ui.http import done, render_part

USUAL = dt.timedelta(days=90)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def judgement_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge a component (`?component=`), or the score, by hand; it replaces what stands there."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user), pk=pk)
    initial: dict[str, Any] = {"component": request.GET.get("component") or WHOLE, "valid_until": today() + USUAL}
    form = JudgementForm(posted(request), initial=initial, components=_components(account))
    if request.method == "POST" and form.is_valid():
        try:
            action = judge_by_hand(actor=user, account=account, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            url = reverse("health_card", args=[pk])
            return done(request, url, _("Judged: the new score follows"), undo=undo_url(action), event=CHANGED)
    context = {"account": account, "form": form}
    status = 422 if form.errors else 200
    return render_part(request, "engagement/judgement.html", "dialog", context, status=status)


def _components(account: Account) -> list[tuple[str, str]]:
    """The choices, each with the points that it has now: the dialog covers the card."""
    now = {line.code: line.actual for line in health_of(account).components}
    named = judged_components(account)
    return [
        (code, label if now.get(code) is None else f"{label} ({formats.number(now[code])})") for code, label in named
    ]


@require_POST
@requires_editor
def judgement_withdraw(request: HttpRequest, pk: int, judgement: int) -> HttpResponse:
    """Let a judgement count no more."""
    user = current_user(request)
    rows = ManualJudgement.objects.filter(account__in=Account.objects.editable_by(user), account=pk)
    action = withdraw_judgement(actor=user, judgement=get_object_or_404(rows, pk=judgement))
    url = reverse("health_card", args=[pk])
    return done(request, url, _("Withdrawn: the new score follows"), undo=undo_url(action), event=CHANGED)
