"""Sharing the plan with a customer: links, lines under it."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http.editing import CHANGED, edit_page, newest_action, undo_url
from accounts.http.naming import editable_account
from lifecycle.forms.shared_plans import AnswerForm, ShareForm
from lifecycle.models import PlanComment, SharedPlan
from lifecycle.selectors.shared_plans import links_of
from lifecycle.services import shared_plans as services
from team.http.access import current_user, posted
from team.models import ActionLog
from ui.http import done, render_part, toast, trigger, wants_part


def _plan(account_id: int) -> str:
    return reverse("account_plan", args=[account_id])


@require_http_methods(["GET", "HEAD", "POST"])
def plan_share(request: HttpRequest, account_id: int) -> HttpResponse:
    """The links of an account, to copy or to end, and a form for another one."""
    account, user = editable_account(request, account_id), current_user(request)
    form = ShareForm(posted(request), account=account)
    is_made = False
    if request.method == "POST" and form.is_valid():
        try:
            services.share_plan(actor=user, account=account, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            is_made = True
            if not wants_part(request):
                return HttpResponseRedirect(reverse("plan_share", args=[account.pk]))
            form = ShareForm(account=account)
    links = [
        (link, request.build_absolute_uri(reverse("shared_plan", args=[link.token]))) for link in links_of(account)
    ]
    context = {"account": account, "form": form, "links": links, "back": _plan(account.pk)}
    status = 422 if request.method == "POST" and not is_made else 200
    response = render_part(request, "lifecycle/shared_plans/share.html", "dialog", context, status=status)
    if is_made:
        toast(response, _("Link made: copy it into a mail"), undo=undo_url(newest_action(user)))
        trigger(response, CHANGED)
    return response


@require_POST
def plan_revoke(request: HttpRequest, plan_id: int) -> HttpResponse:
    """End a link at once."""
    user = current_user(request)
    plan = get_object_or_404(SharedPlan.objects.editable_by(user).select_related("account"), pk=plan_id)
    action = services.revoke_plan(actor=user, plan=plan)
    return done(request, _plan(plan.account_id), _("The link is dead now"), undo=undo_url(action), event=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_answer(request: HttpRequest, account_id: int) -> HttpResponse:
    """A line of ours under the shared plan."""
    account, user = editable_account(request, account_id), current_user(request)
    form = AnswerForm(posted(request))

    def save() -> ActionLog | None:
        services.answer_on_plan(actor=user, account=account, text=form.cleaned_data["text"])
        return newest_action(user)

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("Write under the plan"),
        text=_("The customer can read it"),
        back=_plan(account.pk),
    )


@require_POST
def plan_comment_remove(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Take a line off the plan."""
    user = current_user(request)
    comment = get_object_or_404(PlanComment.objects.editable_by(user).select_related("account"), pk=comment_id)
    action = services.remove_comment(actor=user, comment=comment)
    return done(request, _plan(comment.account_id), _("Taken off the plan"), undo=undo_url(action), event=CHANGED)
