"""What else one does with insights: words of a customer, quotes as a file, a ticket, an issue, many at once."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.http.access import current_user, posted
from team.models import Role
from ui.csv import csv_response
from ui.http import done, say
from voc.forms.insights import AssignManyForm, BehalfForm, SnoozeManyForm, TicketForm
from voc.forms.trackers import LinkForm
from voc.models import Insight, TrackerLink
from voc.selectors.insight_quotes import quote_header, quote_lines
from voc.services.behalf import add_on_behalf
from voc.services.insights import NotAllowedNow
from voc.services.many import assign_many, snooze_many
from voc.services.tickets import make_ticket
from voc.services.trackers import link_insight, unlink_insight
from voc.tasks import ring_understand
from voc.views.decisions import CHANGED, decidable, decide

EVERY = list(Insight.State.values)


def readable(request: HttpRequest, pk: int) -> Insight:
    """The insight, for those who see it and may write; 404 for everybody else."""
    user = current_user(request)
    rows = Insight.objects.visible_to(user) if user.role != Role.VIEWER else Insight.objects.none()
    return get_object_or_404(rows.select_related("account__summary", "department", "theme"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_behalf(request: HttpRequest, pk: int) -> HttpResponse:
    """Another customer said it too, or the same one again: write it down here."""
    insight, user = readable(request, pk), current_user(request)
    form = BehalfForm(posted(request), user=user, account=insight.account)

    def act(data: dict[str, Any]) -> None:
        feedback, _joined = add_on_behalf(actor=user, insight=insight, **data)
        ring_understand(feedback.pk)

    return decide(
        request, insight, form, states=EVERY, title=_("On a customer's behalf"), said=_("Noted"), save=_("Add"), act=act
    )


@require_safe
def insight_quotes(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All that was said, as a CSV file; masked as on the page."""
    user = current_user(request)
    insight = get_object_or_404(Insight.objects.visible_to(user), pk=pk)
    return csv_response(f"insight-{pk}-quotes.csv", quote_header(), quote_lines(insight, user))


@require_http_methods(["GET", "HEAD", "POST"])
def insight_ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a support ticket from it."""
    insight, user = decidable(request, pk), current_user(request)
    form = TicketForm(posted(request), initial={"subject": insight.title, "agent": user.name})
    return decide(
        request, insight, form, states=EVERY, title=_("Make a ticket"), said=_("Ticket made"), save=_("Make"),
        act=lambda data: make_ticket(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def insight_link(request: HttpRequest, pk: int) -> HttpResponse:
    """The issue in a tracker outside that stands for it."""
    insight, user = decidable(request, pk), current_user(request)
    form = LinkForm(posted(request))
    return decide(
        request, insight, form, states=EVERY, title=_("Link an issue"), said=_("Linked"), save=_("Link"),
        act=lambda data: link_insight(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_POST
def insight_unlink(request: HttpRequest, pk: int, link: int) -> HttpResponse:
    """The issue stands for it no longer."""
    insight = decidable(request, pk)
    found = get_object_or_404(TrackerLink.objects.select_related("insight", "tracker"), pk=link, insight=insight)
    unlink_insight(actor=current_user(request), link=found)
    return done(request, reverse("insight", args=[pk]), _("Link removed"), event=CHANGED)


@require_POST
def insights_bulk(request: HttpRequest, what: str) -> HttpResponse:
    """Do one thing to the picked insights and come back to the queue as it was: `assign` or `snooze`."""
    user = current_user(request)
    if what not in {"assign", "snooze"}:
        raise Http404
    if user.role == Role.VIEWER:
        raise Http404
    form = AssignManyForm(request.POST) if what == "assign" else SnoozeManyForm(request.POST)
    back = HttpResponseRedirect(_back(request))
    if not form.is_valid():
        say(request, _("Nothing was changed: pick rows, and say who or until when."), is_bad=True)
        return back
    data = dict(form.cleaned_data)
    ids = data.pop("selected")
    act = assign_many if what == "assign" else snooze_many
    try:
        changed = act(actor=user, insight_ids=ids, **data)
    except NotAllowedNow as error:
        say(request, str(error), is_bad=True)
        return back
    words = ngettext("%(n)s insight changed", "%(n)s insights changed", changed) % {"n": changed}
    say(request, words if changed else _("Nothing had to change."))
    return back


def _back(request: HttpRequest) -> str:
    """The queue that the person came from, when it is ours. SECURITY: only back to this host."""
    referer = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if referer and is_ours else reverse("insights")
