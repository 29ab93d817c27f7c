"""The rules of risks: what is watched where, with a live count of what a change would open."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http.editing import undo_url
from accounts.models import Segment
from engagement.forms.risks import RiskRuleForm
from engagement.formulas.risk_words import value_words
from engagement.formulas.risks import DEFINITIONS
from engagement.models import RiskRule
from engagement.selectors.risk_rule_pages import held_in, preview_rule, read_rule_lines
from engagement.services.risk_actions import play_for
from engagement.services.risk_rules import RuleOvertaken, RuleRefused, set_risk_rule, stamp_of
from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.http import done, id_in, render_part


@require_safe
@requires_role(Role.ADMIN, Role.MANAGER)
def risk_rules(request: HttpRequest) -> HttpResponse:
    """All eighteen kinds, and how each segment is watched."""
    return render_part(request, "engagement/risks/rules.html", "rules", {"lines": read_rule_lines()})


def _place(request: HttpRequest, kind: str) -> Segment | None:
    """The segment in the address (none: the default rule); 404 for an unknown kind or segment."""
    if kind not in DEFINITIONS:
        raise Http404
    raw = request.GET.get("segment", "")
    return get_object_or_404(Segment, pk=id_in(raw)) if raw else None


def _context(form: RiskRuleForm, kind: str, segment: Segment | None, rule: RiskRule | None) -> dict[str, Any]:
    definition = DEFINITIONS[kind]
    segments = [("", _("All segments"), segment is None)]
    segments += [(str(one.pk), one.name, segment == one) for one in Segment.objects.all()]
    return {
        "form": form,
        "definition": definition,
        "kind": kind,
        "segment": segment,
        "segments": segments,
        "is_own": rule is not None,
        "play": play_for(kind=kind, segment_id=segment.pk if segment else None),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(Role.ADMIN, Role.MANAGER)
def risk_rule(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind in one segment; refused with 409 and both values when somebody changed it meanwhile."""
    segment = _place(request, kind)
    rule, held = held_in(kind=kind, segment=segment)
    start = {"is_on": held.is_on, "playbook": rule.playbook_id if rule else None, "started_from": stamp_of(rule)}
    form = RiskRuleForm(posted(request), definition=DEFINITIONS[kind], held=held, initial=start)
    context = _context(form, kind, segment, rule)
    if request.method == "POST" and form.is_valid():
        try:
            action = set_risk_rule(
                actor=current_user(request),
                kind=kind,
                segment=segment,
                is_on=form.cleaned_data["is_on"],
                thresholds=form.thresholds(),
                playbook=form.cleaned_data["playbook"],
                started_from=form.cleaned_data["started_from"],
            )
        except RuleOvertaken as conflict:
            form.data = {**request.POST.dict(), "started_from": stamp_of(conflict.now)}
            context["clashes"] = _clashes(form, kind, conflict.now)
            return render_part(request, "engagement/risks/rule.html", "rule", context, status=409)
        except RuleRefused as error:
            form.add_error(None, str(error))
        else:
            words = _("Saved; accounts are judged anew") if action else _("Nothing had to change.")
            return done(request, reverse("risk_rules"), words, undo=undo_url(action))
    return render_part(request, "engagement/risks/rule.html", "rule", context, status=422 if form.errors else 200)


def _clashes(form: RiskRuleForm, kind: str, now: RiskRule | None) -> list[tuple[str, str, str]]:
    """What stands there and what was typed, where they differ."""
    found = []
    mine = form.thresholds()
    theirs = now.thresholds if now else {}
    for one in DEFINITIONS[kind].thresholds:
        value = theirs.get(one.name, one.default)
        if value != mine[one.name]:
            found.append((str(one.label), value_words(one.unit, value), value_words(one.unit, mine[one.name])))
    on, off = _("on"), _("off")
    is_on = now.is_on if now else True
    if is_on != form.cleaned_data["is_on"]:
        found.append((_("Watch it"), on if is_on else off, on if form.cleaned_data["is_on"] else off))
    own, play = now.playbook if now else None, form.cleaned_data["playbook"]
    if own != play:
        listens = _("the one that listens to it")
        found.append((_("Play that answers it"), own.name if own else listens, play.name if play else listens))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(Role.ADMIN, Role.MANAGER)
def risk_rule_preview(request: HttpRequest, kind: str) -> HttpResponse:
    """How many accounts the rule would be open on, as the form stands; nothing is written."""
    segment = _place(request, kind)
    _rule, held = held_in(kind=kind, segment=segment)
    form = RiskRuleForm(posted(request), definition=DEFINITIONS[kind], held=held)
    context: dict[str, Any] = {"definition": DEFINITIONS[kind]}
    if not form.is_bound:
        context["preview"] = preview_rule(kind=kind, segment=segment, is_on=held.is_on, limits=held.limits)
    elif form.is_valid():
        context["preview"] = preview_rule(
            kind=kind, segment=segment, is_on=form.cleaned_data["is_on"], limits=form.thresholds()
        )
    return render_part(request, "engagement/risks/preview.html", "live", context)
