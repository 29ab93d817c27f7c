"""Moving an account along its journey."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Account
from lifecycle.forms.stages import StageForm
from lifecycle.models import Stage
from lifecycle.selectors.actions import action_behind
from lifecycle.selectors.journeys import journey_of
from lifecycle.services.stages import StageRefused, enter_stage
from lifecycle.views.tasks import posted
from team.http.access import current_user
from ui.http import done, render_part


@require_http_methods(["GET", "HEAD", "POST"])
def stage_enter(request: HttpRequest, account_id: int) -> HttpResponse:
    """Choose the stage that the account is in now; `s` and a number."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user), pk=account_id)
    steps = journey_of(account)
    form = StageForm(posted(request), stages=Stage.objects.filter(pk__in=[step.stage.pk for step in steps]))
    if request.method == "POST" and form.is_valid():
        try:
            visit = enter_stage(
                account=account, stage=form.cleaned_data["stage"], evidence=form.evidence(by=str(user)), actor=user
            )
        except StageRefused as error:
            form.add_error(None, str(error))
        else:
            action = action_behind(actor=user, service="lifecycle.undo_enter_stage", visit_id=visit.pk)
            text = _("%(account)s is in %(stage)s now") % {"account": account, "stage": visit.stage.name}
            undo = reverse("undo", args=[action.pk]) if action else None
            return done(request, reverse("account_plan", args=[account.pk]), text, undo=undo, event="account-changed")
    context = {"form": form, "account": account, "steps": steps}
    return render_part(request, "lifecycle/stage_form.html", "popover", context, status=422 if form.errors else 200)
