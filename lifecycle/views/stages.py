"""Moving an account along its journey."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Account
from lifecycle.forms.stages import StageForm, TickForm
from lifecycle.models import Criterion, Journey, Stage, StageVisit
from lifecycle.selectors.actions import action_behind
from lifecycle.selectors.journeys import journey_card
from lifecycle.services.stages import StageRefused, move_account, tick_criterion, untick_criterion
from team.http.access import current_user, posted
from ui.http import done, id_in, render_part


def _asked_journey(request: HttpRequest) -> Journey | None:
    """The journey in use that `?journey=` names, for accounts that change theirs."""
    text = request.GET.get("journey", "")
    if not text:
        return None
    return get_object_or_404(Journey, pk=id_in(text), is_active=True)


@require_http_methods(["GET", "HEAD", "POST"])
def stage_enter(request: HttpRequest, account_id: int) -> HttpResponse:
    """Choose the stage that the account is in now; `s` and a number. `?journey=` offers another journey's stages."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user), pk=account_id)
    card = journey_card(account, journey=_asked_journey(request))
    form = StageForm(posted(request), stages=Stage.objects.filter(pk__in=[step.stage.pk for step in card.steps]))
    if request.method == "POST" and form.is_valid():
        try:
            visit = move_account(actor=user, account=account, **form.cleaned_data)
        except StageRefused as error:
            form.add_error(None, str(error))
        else:
            action = action_behind(actor=user, service="lifecycle.undo_enter_stage", visit_id=visit.pk)
            text = _("%(account)s is in %(stage)s now") % {"account": account, "stage": visit.stage.name}
            undo = reverse("undo", args=[action.pk]) if action else None
            return done(request, reverse("account_plan", args=[account.pk]), text, undo=undo, event="account-changed")
    context = {"form": form, "account": account, "steps": card.steps, "states": card.states, "visit": card.visit}
    return render_part(request, "lifecycle/stage_form.html", "popover", context, status=422 if form.errors else 200)


@require_POST
def criterion_tick(request: HttpRequest, visit_id: int, criterion_id: int) -> HttpResponse:
    """Tick a box of an open visit, or take the tick back."""
    user = current_user(request)
    mine = StageVisit.objects.open().filter(account__in=Account.objects.editable_by(user))
    visit = get_object_or_404(mine.select_related("stage", "account"), pk=visit_id)
    criterion = get_object_or_404(Criterion.objects.present().select_related("stage"), pk=criterion_id)
    form = TickForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("Say whether it is done."), status=422)
    try:
        if form.cleaned_data["is_done"]:
            tick_criterion(actor=user, visit=visit, criterion=criterion, note=form.cleaned_data["note"])
        else:
            untick_criterion(visit=visit, criterion=criterion)
    except StageRefused as error:
        return HttpResponse(str(error), status=422)
    words = _("Ticked “%(words)s”") if form.cleaned_data["is_done"] else _("Took back “%(words)s”")
    back = reverse("account_plan", args=[visit.account_id])
    return done(request, back, words % {"words": criterion.words}, event="account-changed")
