"""Routing rules: the list in its order, the editor, and what rules would have done."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.views.conditions import render_row
from team.http.access import current_user, posted, requires_role
from team.http.reports import query_of, report_of
from team.models import Role, User
from ui.http import done, render_part
from voc.forms.routing import RoutingRuleForm
from voc.models import Feedback, RoutingRule
from voc.selectors.quotes import quote_for
from voc.selectors.routing import RoutingTrial, feedback_names, rule_words, try_rules
from voc.services import routing_rules as services

READERS = (Role.ADMIN, Role.MANAGER, Role.VIEWER)
WRITERS = services.WRITERS
CHANGED = "routing-changed"
# Up to so many pieces of 90 days the trial is worked out in the request.
QUICK = 3_000


def _all_rules() -> list[RoutingRule]:
    return list(RoutingRule.objects.select_related("department", "person"))


@require_safe
@requires_role(*READERS)
def routing_rules(request: HttpRequest) -> HttpResponse:
    """The rules in their order, in words."""
    context = {"lines": rule_words(_all_rules()), "can_write": current_user(request).role in WRITERS}
    return render_part(request, "voc/routing/rules.html", "rules", context)


@require_safe
@requires_role(*WRITERS)
def routing_row(request: HttpRequest) -> HttpResponse:
    """One row of conditions on feedback."""
    return render_row(request, feedback_names(), reverse("routing_row"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def routing_rule_add(request: HttpRequest) -> HttpResponse:
    """A new rule."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def routing_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a rule. With `try` nothing is saved: the page tells what it would have taken."""
    return _edit(request, get_object_or_404(RoutingRule, pk=pk))


def _edit(request: HttpRequest, rule: RoutingRule | None) -> HttpResponse:
    form = RoutingRuleForm(posted(request), instance=rule)
    context: dict[str, object] = {"form": form, "rule": rule}
    is_valid = request.method == "POST" and form.is_valid()
    if is_valid and "try" in request.POST:
        context["tried"] = _try_this(form.unsaved())
    elif is_valid:
        user, fields = current_user(request), form.cleaned_data
        if rule is None:
            action = services.add_rule(actor=user, **fields)
        else:
            action = services.edit_rule(actor=user, rule=rule, **fields)
        return done(request, reverse("routing_rules"), _("Rule saved"), undo=undo_url(action), event=CHANGED)
    return render_part(request, "voc/routing/rule.html", "rule", context, status=422 if form.errors else 200)


def _try_this(rule: RoutingRule) -> tuple[RoutingTrial, int, int]:
    """All rules with this one in its place: the trial, and what this one takes (pieces, insights)."""
    rows = [one for one in _all_rules() if one.is_active and one.pk != rule.pk]
    place = next((number for number, one in enumerate(rows) if one.position > rule.position), len(rows))
    rows.insert(len(rows) if rule.pk is None else place, rule)
    trial = try_rules(rows)
    mine = next((tally for tally in trial.tallies if tally.rule_id == rule.pk and tally.name == rule.name), None)
    return trial, mine.feedback if mine else 0, mine.insights if mine else 0


@require_POST
@requires_role(*WRITERS)
def routing_rule_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up, or down."""
    rule = get_object_or_404(RoutingRule, pk=pk)
    action = services.move_rule(actor=current_user(request), rule=rule, up=request.POST.get("to") != "down")
    return done(request, reverse("routing_rules"), _("Rule moved"), undo=undo_url(action), event=CHANGED)


@require_POST
@requires_role(*WRITERS)
def routing_rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """On or off."""
    rule = get_object_or_404(RoutingRule, pk=pk)
    is_on = not rule.is_active
    action = services.switch_rule(actor=current_user(request), rule=rule, is_on=is_on)
    words = _("Rule switched on") if is_on else _("Rule switched off")
    return done(request, reverse("routing_rules"), words, undo=undo_url(action), event=CHANGED)


@require_POST
@requires_role(*WRITERS)
def routing_rule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a rule away."""
    action = services.delete_rule(actor=current_user(request), rule=get_object_or_404(RoutingRule, pk=pk))
    return done(request, reverse("routing_rules"), _("Rule deleted"), undo=undo_url(action), event=CHANGED)


@require_safe
@requires_role(*READERS)
def routing_trial(request: HttpRequest) -> HttpResponse:
    """What the rules that are on would have done with the last 90 days, and what would wait in the inbox."""
    is_quick = Feedback.objects.order_by()[: QUICK + 1].count() <= QUICK
    report = report_of(request, "routing_trial", is_quick=is_quick)
    trial: RoutingTrial | None = report.figures if report else None
    user = current_user(request)
    waiting = Feedback.objects.visible_to(user).filter(pk__in=trial.unrouted_ids) if trial else Feedback.objects.none()
    rows = waiting.select_related("account", "contact").order_by("-received_at")
    context = {
        "report": report,
        "report_query": query_of(request),
        "trial": trial,
        "waiting": [(row, quote_for(user, row)) for row in rows],
        "can_write": user.role in WRITERS,
    }
    return render_part(request, "voc/routing/trial.html", "trial", context)


def trial_report(user: User, params: QueryDict) -> RoutingTrial:
    """A report of settings.REPORTS: the rules that are on, tried on the last 90 days."""
    return try_rules([rule for rule in _all_rules() if rule.is_active])
