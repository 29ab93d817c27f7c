"""Rules that departments give themselves: the list, making one, looking at it again, ending it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http.editing import CHANGED, edit_page
from team.clock import today
from team.http.access import current_user, posted
from team.models import User
from ui.http import done, id_in, render_part
from ui.lists import build_list, list_response
from voc.forms.department_rules import EndForm, NewRuleForm, ReviewForm, RuleForm
from voc.http.department_rules import OWN_RULES
from voc.models import DepartmentRule, Initiative, Insight, Theme
from voc.selectors.department_rules import own_departments, read_rule, strongest_theme
from voc.services import department_rules as services
from voc.services.insights import NotAllowedNow, Overtaken


@require_safe
def own_rules(request: HttpRequest) -> HttpResponseBase:
    """The rules of the departments that the user sees, what is due first."""
    user = current_user(request)
    rows = DepartmentRule.objects.visible_to(user)
    page = build_list(request, OWN_RULES, rows)
    due = rows.filter(state=DepartmentRule.State.IN_FORCE, check_on__lte=today()).count()
    context = {"due": due, "may_write": own_departments(user).exists()}
    return list_response(request, "voc/own_rules/rules.html", page, context)


def _start(request: HttpRequest, user: User) -> tuple[dict[str, Any], Initiative | None]:
    """Where a rule comes from: `?theme=`, `?insight=` or `?initiative=`, each as far as the user sees it."""
    asked = request.GET
    start: dict[str, Any] = {"measure": "theme_volume", "direction": "down"}
    initiative = None
    if asked.get("initiative"):
        visible = Initiative.objects.visible_to(user)
        initiative = get_object_or_404(visible, pk=id_in(asked["initiative"]))
        start |= {"department": initiative.department_id, "theme": initiative.theme_id}
        start["measure"] = initiative.fact or start["measure"]
    elif asked.get("insight"):
        insight = get_object_or_404(Insight.objects.visible_to(user), pk=id_in(asked["insight"]))
        theme_id = insight.theme_id or strongest_theme(insight.quotes.values("feedback"))
        start |= {"department": insight.department_id, "theme": theme_id}
    elif asked.get("theme"):
        theme = get_object_or_404(Theme.objects.in_use(), slug=asked["theme"])
        start |= {"theme": theme.pk, "department": theme.department_id}
    return start, initiative


@require_http_methods(["GET", "HEAD", "POST"])
def own_rule_add(request: HttpRequest) -> HttpResponse:
    """A rule of an own department, with what it is measured by as it is today."""
    user = current_user(request)
    if not own_departments(user).exists():
        raise Http404
    start, initiative = _start(request, user)
    form = NewRuleForm(posted(request), user=user, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            rule = services.make_rule(actor=user, initiative=initiative, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request, reverse("own_rule", args=[rule.pk]), _("Rule written down"), event=CHANGED)
    context = {"form": form, "initiative": initiative}
    return render_part(request, "voc/own_rules/new.html", "new", context, status=422 if form.errors else 200)


_PARTS = ("department", "owner", "theme", "initiative", "made_by")


@require_safe
def own_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """One rule: before and now, every look at it, and the form to look again."""
    user = current_user(request)
    rule = get_object_or_404(DepartmentRule.objects.visible_to(user).select_related(*_PARTS), pk=pk)
    may_write = DepartmentRule.objects.editable_by(user).filter(pk=pk).exists()
    context = {
        "page": read_rule(rule),
        "rule": rule,
        "is_in_force": rule.state == DepartmentRule.State.IN_FORCE,
        "may_write": may_write and rule.state == DepartmentRule.State.IN_FORCE,
    }
    return render_part(request, "voc/own_rules/rule.html", "rule", context)


def _editable(request: HttpRequest, pk: int) -> DepartmentRule:
    rows = DepartmentRule.objects.editable_by(current_user(request)).select_related(*_PARTS)
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def own_rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Words, owner, direction, day."""
    rule, user = _editable(request, pk), current_user(request)
    form = RuleForm(posted(request), instance=rule, user=user)

    def save() -> None:
        services.edit_rule(actor=user, rule=rule, version=form.started_from, **form.values())

    back = reverse("own_rule", args=[pk])
    return edit_page(request, form=form, save=save, heading=_("Rule"), text=_("Rule saved"), back=back)


@require_http_methods(["GET", "HEAD", "POST"])
def own_rule_review(request: HttpRequest, pk: int) -> HttpResponse:
    """What was found, and how it goes on."""
    rule, user = _editable(request, pk), current_user(request)
    form = ReviewForm(posted(request), initial={"verdict": "keeps", "statement": rule.statement})
    if request.method == "POST" and form.is_valid():
        try:
            services.review_rule(actor=user, rule=rule, **form.cleaned_data)
        except (NotAllowedNow, Overtaken) as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request, reverse("own_rule", args=[pk]), _("Looked at"), event=CHANGED)
    context = {"form": form, "page": read_rule(rule), "rule": rule}
    return render_part(request, "voc/own_rules/review.html", "dialog", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def own_rule_end(request: HttpRequest, pk: int) -> HttpResponse:
    """It ends, and why."""
    rule, user = _editable(request, pk), current_user(request)
    form = EndForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.end_rule(actor=user, rule=rule, **form.cleaned_data)
        except (NotAllowedNow, Overtaken) as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request, reverse("own_rule", args=[pk]), _("Rule ended"), event=CHANGED)
    context = {"form": form, "rule": rule}
    return render_part(request, "voc/own_rules/end.html", "dialog", context, status=422 if form.errors else 200)
