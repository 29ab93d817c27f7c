"""What asks for an initiative: insights put to it or taken away, votes on behalf of accounts."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.models import Account
from team.http.access import current_user, posted
from ui.http import done
from voc.forms.initiatives import AddInsightForm, ChooseInitiativeForm, VoteForm
from voc.models import Initiative, Insight
from voc.selectors.initiatives import may_begin, may_take, open_for, takeable
from voc.services.initiatives.asking import add_insights, add_vote, may_vote, remove_insight, remove_vote
from voc.services.insights import NotAllowedNow
from voc.tasks import ring_initiatives
from voc.views.initiatives import CHANGED, answer_form, editable, visible

OPTIONS = 20


@require_http_methods(["GET", "HEAD", "POST"])
def initiative_insight_add(request: HttpRequest, pk: int) -> HttpResponse:
    """One more insight asks for it."""
    user, found = current_user(request), editable(request, pk)
    form = AddInsightForm(posted(request), user=user, initiative=found)

    def act(data: dict[str, Any]) -> object:
        action = add_insights(actor=user, initiative=found, insights=[data["insight"].pk])
        if found.state == Initiative.State.SHIPPED:
            ring_initiatives()
        return action

    back = reverse("initiative", args=[pk])
    return answer_form(
        request, form, title=_("Who else asks for it?"), act=act, said=_("Added"), back=back, save=_("Add")
    )


@require_safe
def initiative_insight_options(request: HttpRequest, pk: int) -> JsonResponse:
    """Insights that may be added, by words of the title or of the account; those on the same themes first."""
    rows = takeable(initiative=editable(request, pk), user=current_user(request))
    for word in request.GET.get("q", "").replace("\x00", "")[:100].split():
        rows = rows.filter(Q(title__icontains=word) | Q(account__name__icontains=word))
    found = [{"value": str(row.pk), "label": row.title, "hint": row.account.name} for row in rows[:OPTIONS]]
    return JsonResponse(found, safe=False)


@require_POST
def initiative_insight_remove(request: HttpRequest, pk: int, insight: int) -> HttpResponse:
    """It asks for it no more."""
    user, found = current_user(request), editable(request, pk)
    if not Insight.objects.visible_to(user).filter(pk=insight, ask__initiative=found).exists():
        raise Http404
    action = remove_insight(actor=user, initiative=found, insight=insight)
    return done(request, reverse("initiative", args=[pk]), _("Taken away"), undo=undo_url(action), event=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_initiative(request: HttpRequest, pk: int) -> HttpResponse:
    """For which work an insight asks: one that is under way, or a new one."""
    user = current_user(request)
    found = get_object_or_404(may_take(user).select_related("account"), pk=pk)
    if not may_begin(user):
        raise Http404
    form = ChooseInitiativeForm(posted(request), user=user)
    new_url = f"{reverse('initiative_add')}?insight={pk}"

    def act(data: dict[str, Any]) -> object:
        return add_insights(actor=user, initiative=data["initiative"], insights=[pk])

    return answer_form(
        request, form, title=_("Which work answers it?"), act=act, said=_("Added"), save=_("Add"),
        intro=f"{found.title} · {found.account.name}", back=reverse("insight", args=[pk]),
        template="voc/initiatives/choose.html", more={"new_url": new_url, "has_open": open_for(user).exists()},
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def initiative_vote(request: HttpRequest, pk: int) -> HttpResponse:
    """An account wants it, says somebody on its behalf."""
    user, found = current_user(request), visible(request, pk)
    if not may_vote(user, found):
        raise Http404
    form = VoteForm(posted(request), user=user)

    def act(data: dict[str, Any]) -> object:
        return add_vote(actor=user, initiative=found, **data)

    back = reverse("initiative", args=[pk])
    return answer_form(request, form, title=_("Who wants it?"), act=act, said=_("Noted"), back=back)


@require_POST
def initiative_vote_remove(request: HttpRequest, pk: int, vote: int) -> HttpResponse:
    """The account does not want it."""
    user, found = current_user(request), visible(request, pk)
    if not may_vote(user, found):
        raise Http404
    rows = found.voters.filter(account__in=Account.objects.visible_to(user)).select_related("account")
    back = reverse("initiative", args=[pk])
    try:
        action = remove_vote(actor=user, initiative=found, vote=get_object_or_404(rows, pk=vote))
    except NotAllowedNow as refusal:
        return done(request, back, str(refusal), event=CHANGED)
    return done(request, back, _("Taken away"), undo=undo_url(action), event=CHANGED)
