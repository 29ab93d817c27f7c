"""The department queue, the preview beside it, and one insight with its log."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from team.http.access import current_user
from team.models import Department, User
from ui.formats import NOTHING, day
from ui.http import is_prefetch, render_part
from ui.lists import build_list, list_response
from voc.forms.insights import CommentForm
from voc.http.queue_list import queue_list
from voc.models import Insight, Tracker
from voc.selectors.queue import (
    TABS,
    Evidence,
    count_tabs,
    departments_for,
    in_tab,
    queue_of,
    read_evidence,
    read_steps,
    with_parts,
)
from voc.selectors.quotes import words_for
from voc.selectors.talk import people_who_may_see, read_talk
from voc.selectors.trackers import links_of
from voc.services.loop import TELLABLE
from voc.services.talk import note_read

NAMED = 30


def chosen_department(request: HttpRequest, open_to: list[Department]) -> Department | None:
    """The department in the address, else the reader's own, else all (None). 404 for one that is not theirs."""
    slug = request.GET.get("department", "")
    if slug and slug != "all":
        found = next((department for department in open_to if department.slug == slug), None)
        if found is None:
            raise Http404
        return found
    own = current_user(request).department_ids()
    return None if slug == "all" else next((one for one in open_to if one.pk in own), None)


@require_safe
def insights(request: HttpRequest) -> HttpResponseBase:
    """One department's queue: triage, accepted, snoozed, closed."""
    user = current_user(request)
    open_to = departments_for(user)
    department = chosen_department(request, open_to)
    tab = request.GET.get("tab", TABS[0])
    if tab not in TABS:
        raise Http404
    rows = queue_of(user, department)
    is_own = department is not None and department.pk in user.department_ids() and user.role != "viewer"
    may_decide = is_own or user.role in {"admin", "manager"}
    spec = queue_list(user=user, tab=tab, department=department, may_decide=may_decide)
    page = build_list(request, spec, in_tab(rows, tab))
    context = {
        "department": department,
        "departments": open_to,
        "slug": department.slug if department else "all",
        "shown_department": department.name if department else _("All departments"),
        "is_all": department is None,
        "counts": count_tabs(rows) if not page.shown_before else {},
        "members": department.people.filter(is_active=True).order_by("name") if department else [],
        **{f"is_{name}": name == tab for name in TABS},
    }
    return list_response(request, "voc/insights.html", page, context)


def visible_insight(user: User, pk: int) -> Insight:
    """The insight, or 404."""
    return get_object_or_404(with_parts(Insight.objects.visible_to(user)), pk=pk)


def insight_context(user: User, pk: int) -> dict[str, object]:
    """What preview and page share."""
    insight = visible_insight(user, pk)
    return {
        "insight": insight,
        "evidence": read_evidence(insight=insight, user=user),
        "may_decide": Insight.objects.decidable_by(user).filter(pk=pk).exists(),
        "may_tell": Insight.objects.answerable_by(user).filter(pk=pk).exists(),
        "tellable": TELLABLE,
        "may_write": user.role != "viewer",
        "is_undecided": insight.state in {"new", "triaged", "reopened"},
        "is_open": insight.state not in Insight.CLOSED,
        "has_trackers": Tracker.objects.filter(is_active=True).exists(),
    }


def noted(request: HttpRequest, context: dict[str, object]) -> dict[str, object]:
    """The person has opened it, unless the browser only guesses so."""
    found = context["insight"]
    assert isinstance(found, Insight)
    if not is_prefetch(request) and request.method == "GET":
        note_read(user=current_user(request), insight=found)
    return context


@require_safe
def insight_peek(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview: quotes, account, decisions."""
    context = noted(request, insight_context(current_user(request), pk))
    return render_part(request, "voc/insight_peek.html", "peek", context)


def facts_of(insight: Insight, evidence: object) -> list[tuple[object, object]]:
    """The line of facts below the heading."""
    assert isinstance(evidence, Evidence)
    account = format_html('<a href="{}">{}</a>', reverse("account", args=[insight.account_id]), insight.account.name)
    renewal = day(insight.account.summary.renews_on) if insight.account.summary.renews_on else NOTHING
    return [
        (_("Account"), account),
        ("ARR", evidence.row.arr),
        (_("Renews"), renewal),
        (_("Theme"), insight.theme.name if insight.theme else NOTHING),
        (_("Department"), insight.department.name),
        (_("Owner"), insight.owner.name if insight.owner else NOTHING),
        (_("Decide by"), day(insight.due_at) if insight.due_at else NOTHING),
    ]


@require_safe
def insight(request: HttpRequest, pk: int) -> HttpResponse:
    """One insight: evidence, decision log, what was told to whom."""
    user = current_user(request)
    context = noted(request, insight_context(user, pk))
    found = context["insight"]
    assert isinstance(found, Insight)
    context["steps"] = read_steps(found)
    context["about"] = facts_of(found, context["evidence"])
    replies = found.verifications.select_related("contact").order_by("-created_at")
    context["replies"] = [(reply, words_for(user, reply.comment)) for reply in replies]
    context["links"] = links_of(found)
    context["talk"] = read_talk(insight=found, user=user)
    context["people"] = [person for person in people_who_may_see(found) if person.pk != user.pk][:NAMED]
    context["comment_form"] = CommentForm()
    return render_part(request, "voc/insight.html", "insight", context)
