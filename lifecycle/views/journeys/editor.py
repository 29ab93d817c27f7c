"""The editor of journeys, for admins and managers."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import edit_page
from accounts.selectors.condition_names import condition_catalogue
from lifecycle.forms.journeys import CriterionForm, JourneyForm, RuleForm, StageForm, StageRemoveForm
from lifecycle.http.journeys import described_criteria
from lifecycle.http.trials import Look, look_at_rule
from lifecycle.models import Criterion, Journey, Stage, StageVisit
from lifecycle.selectors.criteria import next_stages, rule_of
from lifecycle.services.defaults import STARTERS, ensure_starter_journeys
from lifecycle.services.journeys import (
    move_stage,
    remove_criterion,
    remove_stage,
    save_criterion,
    save_journey,
    save_stage,
    switch_rule,
)
from lifecycle.views.journeys.board import LEADERS
from team.http.access import current_user, posted, requires_role
from ui.http import done, go_to, render_part, say

TEMPLATE = "lifecycle/journeys/edit.html"


def _stage(stage_id: int) -> Stage:
    return get_object_or_404(Stage.objects.present().select_related("journey"), pk=stage_id)


def _criterion(criterion_id: int) -> Criterion:
    return get_object_or_404(Criterion.objects.present().select_related("stage__journey"), pk=criterion_id)


def _page(stage: Stage) -> str:
    return f"{reverse('journey', args=[stage.journey_id])}#stage-{stage.pk}"


@require_safe
@requires_role(*LEADERS)
def journeys(request: HttpRequest) -> HttpResponse:
    """Every journey with its stages and how many accounts are on it."""
    on_it = Count("stages__visits", filter=Q(stages__visits__left_at=None, stages__visits__product=None))
    rows = Journey.objects.select_related("segment").annotate(accounts=on_it)
    used = set(rows.filter(is_active=True, segment=None).values_list("intent", flat=True))
    context = {
        "journeys": rows.order_by("-is_active", "segment__position", "intent", "name"),
        "missing_starters": len(set(STARTERS) - used),
    }
    return render(request, "lifecycle/journeys/journeys.html", context)


@require_POST
@requires_role(*LEADERS)
def journey_starters(request: HttpRequest) -> HttpResponse:
    """Add the four starter variants, by intent; those that exist stay."""
    made = ensure_starter_journeys()
    text = ngettext("%(count)s journey added", "%(count)s journeys added", made) % {"count": made}
    return done(request, reverse("journeys"), text)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def journey_create(request: HttpRequest) -> HttpResponse:
    form = JourneyForm(posted(request), journey=None)
    made: list[Journey] = []

    def save() -> None:
        made.append(save_journey(journey=None, **form.cleaned_data))

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("New journey"),
        text=_("Journey added"),
        back=reverse("journeys"),
        url=lambda: reverse("journey", args=[made[0].pk]),
    )


@require_safe
@requires_role(*LEADERS)
def journey(request: HttpRequest, journey_id: int) -> HttpResponse:
    """One journey: its stages in order, what must be so, which rules are on."""
    found = get_object_or_404(Journey.objects.select_related("segment"), pk=journey_id)
    stages = (
        Stage.objects.present()
        .filter(journey=found)
        .annotate(accounts=Count("visits", filter=Q(visits__left_at=None, visits__product=None)))
    )
    context = {"journey": found, "stages": described_criteria(list(stages))}
    return render_part(request, "lifecycle/journeys/journey.html", "journey", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def journey_edit(request: HttpRequest, journey_id: int) -> HttpResponse:
    found = get_object_or_404(Journey, pk=journey_id)
    form = JourneyForm(posted(request), journey=found)

    def save() -> None:
        save_journey(journey=found, **form.cleaned_data)

    back = reverse("journey", args=[found.pk])
    heading = _("Edit %(name)s") % {"name": found.name}
    return edit_page(request, form=form, save=save, heading=heading, text=_("Saved"), back=back)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def stage_create(request: HttpRequest, journey_id: int) -> HttpResponse:
    found = get_object_or_404(Journey, pk=journey_id)
    form = StageForm(posted(request), initial={"target_days": 30})

    def save() -> None:
        save_stage(journey=found, stage=None, **form.cleaned_data)

    back = reverse("journey", args=[found.pk])
    return edit_page(request, form=form, save=save, heading=_("New stage"), text=_("Stage added"), back=back)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def stage_edit(request: HttpRequest, stage_id: int) -> HttpResponse:
    stage = _stage(stage_id)
    initial = {name: getattr(stage, name) for name in ("name", "kind", "target_days")}
    form = StageForm(posted(request), initial=initial)

    def save() -> None:
        save_stage(journey=stage.journey, stage=stage, **form.cleaned_data)

    heading = _("Edit %(name)s") % {"name": stage.name}
    return edit_page(request, form=form, save=save, heading=heading, text=_("Saved"), back=_page(stage))


@require_POST
@requires_role(*LEADERS)
def stage_move(request: HttpRequest, stage_id: str, way: str) -> HttpResponse:
    """Up or down by one place."""
    stage = _stage(int(stage_id))
    move_stage(stage=stage, is_up=way == "up")
    return done(request, _page(stage), _("Moved %(name)s") % {"name": stage.name}, event="account-changed")


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def stage_remove(request: HttpRequest, stage_id: int) -> HttpResponse:
    """Ask where the accounts go that stand there, then take the stage out."""
    stage = _stage(stage_id)
    others = Stage.objects.present().filter(journey=stage.journey).exclude(pk=stage.pk)
    waiting = StageVisit.objects.open().filter(stage=stage).count()
    form = StageRemoveForm(posted(request), stages=others, is_needed=waiting > 0)

    def save() -> None:
        remove_stage(actor=current_user(request), stage=stage, to=form.cleaned_data.get("to"))

    words = ngettext(
        "%(count)s account stands in this stage now. Past stays keep it in their history.",
        "%(count)s accounts stand in this stage now. Past stays keep it in their history.",
        waiting,
    )
    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("Remove %(name)s") % {"name": stage.name},
        text=_("Removed %(name)s") % {"name": stage.name},
        back=reverse("journey", args=[stage.journey_id]),
        template=TEMPLATE,
        context={"words": words % {"count": waiting}, "save_words": _("Remove the stage"), "is_danger": True},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def criterion_create(request: HttpRequest, stage_id: int) -> HttpResponse:
    stage = _stage(stage_id)
    initial = {"side": Criterion.Side.EXIT, "is_required": True, "is_data": ""}
    return _criterion_page(request, stage, None, initial, _("New criterion of %(stage)s") % {"stage": stage.name})


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def criterion_edit(request: HttpRequest, criterion_id: int) -> HttpResponse:
    criterion = _criterion(criterion_id)
    initial = {
        "words": criterion.words,
        "side": criterion.side,
        "is_required": criterion.is_required,
        "is_data": "data" if criterion.condition else "",
        "condition": criterion.condition,
    }
    return _criterion_page(request, criterion.stage, criterion, initial, _("Edit the criterion"))


def _criterion_page(
    request: HttpRequest, stage: Stage, criterion: Criterion | None, initial: dict[str, Any], heading: str
) -> HttpResponse:
    form = CriterionForm(posted(request), initial=initial)

    def save() -> None:
        values = {key: value for key, value in form.cleaned_data.items() if key != "is_data"}
        save_criterion(stage=stage, criterion=criterion, **values)

    return edit_page(
        request, form=form, save=save, heading=heading, text=_("Saved"), back=_page(stage), template=TEMPLATE
    )


@require_POST
@requires_role(*LEADERS)
def criterion_remove(request: HttpRequest, criterion_id: int) -> HttpResponse:
    criterion = _criterion(criterion_id)
    remove_criterion(criterion=criterion)
    text = _("Removed “%(words)s”") % {"words": criterion.words}
    return done(request, _page(criterion.stage), text, event="account-changed")


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def stage_rule(request: HttpRequest, stage_id: int) -> HttpResponse:
    """The rule on the last 90 days; only from here it is switched on."""
    stage = _stage(stage_id)
    form = RuleForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            switch_rule(stage=stage, **form.cleaned_data)
        except ValidationError as error:
            say(request, " ".join(error.messages), is_bad=True)
            return go_to(request, reverse("stage_rule", args=[stage.pk]))
        words = _("The rule of %(name)s is on") if form.cleaned_data["is_on"] else _("The rule of %(name)s is off")
        return done(request, _page(stage), words % {"name": stage.name})
    rule = rule_of(stage, next_stages().get(stage.pk), condition_catalogue())
    look = Look() if rule.problem else look_at_rule(request, rule)
    context = {
        "stage": stage,
        "rule": rule,
        "replay": look.replay,
        "trial": look.trial,
        "lines": described_criteria([stage]),
    }
    return render_part(request, "lifecycle/journeys/rule.html", "replay", context, status=422 if form.errors else 200)
