"""Own measures: made, changed, archived; each change has a way back and is followed by a recompute where it counts."""

import re
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services.versions import plain, revived, save_version
from engagement.formulas.own import BadFormula, parse_formula
from engagement.models import Component, CustomMeasure, RecomputeRun, ScorecardMeasure
from engagement.selectors.measures import MEASURES
from engagement.selectors.measures.catalogue import figure_catalogue
from engagement.selectors.measures.kinds import Unit
from engagement.services.runs import start_run
from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action

WRITERS = (Role.ADMIN, Role.MANAGER)
FIELDS = ("label", "definition", "component", "unit", "formula")
MOST_MEASURES = 100
_CODE = re.compile(r"[a-z][a-z0-9_]{2,39}")
_GAPS = re.compile(r"[^a-z0-9]+")


def free_code(label: str) -> str:
    """A code for the label that no measure has or had."""
    base = _GAPS.sub("_", label.lower()).strip("_")[:32]
    base = base if _CODE.fullmatch(base) else f"own_{base}".rstrip("_")[:32]
    taken = set(CustomMeasure.objects.filter(code__startswith=base).values_list("code", flat=True)) | set(MEASURES)
    number, code = 1, base
    while code in taken:
        number += 1
        code = f"{base}_{number}"
    return code


@transaction.atomic
def create_measure(*, actor: User | None, kind: str, code: str = "", **fields: Any) -> CustomMeasure:
    """Add a measure; without a code it gets one from its name. Fields: those of FIELDS. No scorecard takes it up yet.

    Raises:
        PermissionDenied: for people who are neither admin nor manager.
        ValidationError: by field, for a code in use, a formula that does not read, or more than 100 measures.
    """
    _require_writer(actor)
    if kind not in CustomMeasure.Kind.values:
        raise ValidationError({"kind": _("Choose where its values come from.")})
    code = code or free_code(fields.get("label", ""))
    if not _CODE.fullmatch(code):
        words = _("3 to 40 small letters, digits and underscores, beginning with a letter.")
        raise ValidationError({"code": words})
    if code in MEASURES or CustomMeasure.objects.filter(code=code).exists():
        raise ValidationError({"code": _("Another measure has or had this code.")})
    if CustomMeasure.objects.filter(archived_at=None).count() >= MOST_MEASURES:
        raise ValidationError(_("There are %(most)d own measures; archive one first.") % {"most": MOST_MEASURES})
    values = _checked(kind, fields)
    return CustomMeasure.objects.create(code=code, kind=kind, created_by=actor, **values)


@transaction.atomic
def edit_measure(*, actor: User | None, measure: CustomMeasure, version: int | None, **fields: Any) -> ActionLog | None:
    """Change what differs since `version`; None when nothing does. Scorecards in force judge everybody anew.

    Raises:
        PermissionDenied, ValidationError: as `create_measure`.
        EditConflict: when somebody else changed the same field.
    """
    _require_writer(actor)
    values = _checked(measure.kind, fields)
    before = save_version(measure, version=version, fields=values)
    if not before:
        return None
    if "formula" in before:
        _follow(measure, actor)
    if actor is None:
        return None
    return log_action(
        actor=actor,
        verb=_("Changed the measure “%(name)s”") % {"name": measure.label},
        service="engagement.restore_measure",
        arguments={"measure_id": measure.pk, "version": measure.version, "before": plain(before)},
        url=url_of(measure),
    )


@transaction.atomic
def restore_measure(*, actor: User, measure_id: int, version: int, before: dict[str, Any]) -> bool:
    """The way back of a change. Raises CannotUndo when it was changed again since."""
    _require_writer(actor)
    measure = CustomMeasure.objects.select_for_update().filter(pk=measure_id).first()
    if measure is None:
        return False
    if measure.version != version:
        raise CannotUndo(_("It was changed again since."))
    save_version(measure, version=version, fields=revived(CustomMeasure, before))
    if "formula" in before:
        _follow(measure, actor)
    return True


@transaction.atomic
def archive_measure(*, actor: User, measure: CustomMeasure) -> ActionLog | None:
    """Take it out of what new scorecards may use; None when it is archived.

    Scorecards in force keep it, with its values: a published version never changes what it means.
    """
    _require_writer(actor)
    if not _set_archived(measure.pk, is_archived=True):
        return None
    return log_action(
        actor=actor,
        verb=_("Archived the measure “%(name)s”") % {"name": measure.label},
        service="engagement.unarchive_measure",
        arguments={"measure_id": measure.pk},
        url=url_of(measure),
    )


@transaction.atomic
def unarchive_measure(*, actor: User, measure_id: int) -> bool:
    """Take it up again; False when it is not archived."""
    _require_writer(actor)
    return _set_archived(measure_id, is_archived=False)


def scorecards_using(code: str) -> list[tuple[str, bool]]:
    """Scorecards with the measure that are drafts or in force: (name, whether it is in force). One query."""
    rules = ScorecardMeasure.objects.filter(measure=code, scorecard__retired_at=None).select_related("scorecard")
    return [
        (str(rule.scorecard), rule.scorecard.published_at is not None)
        for rule in rules.order_by("-scorecard__published_at", "scorecard_id")
    ]


def url_of(measure: CustomMeasure) -> str:
    """Its page."""
    return reverse("measure", args=[measure.code])


def _set_archived(measure_id: int, *, is_archived: bool) -> bool:
    moment = timezone.now()
    rows = CustomMeasure.objects.filter(pk=measure_id, archived_at__isnull=is_archived)
    measure = rows.select_for_update().first()
    if measure is None:
        return False
    measure.archived_at = moment if is_archived else None
    measure.version += 1
    measure.save(update_fields=["archived_at", "version", "updated_at"])
    return True


def _follow(measure: CustomMeasure, actor: User | None) -> None:
    """Judge everybody anew when a scorecard in force has the measure."""
    if any(is_in_force for _name, is_in_force in scorecards_using(measure.code)):
        start_run(actor=actor, is_anew=True, cause=RecomputeRun.Cause.MEASURE, about=measure.label)


def _require_writer(actor: User | None) -> None:
    if actor is not None and actor.role not in WRITERS:
        raise PermissionDenied(_("Only admins and managers make measures."))


def _checked(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are stored. Raises ValidationError by field."""
    if unknown := set(fields) - set(FIELDS):
        raise TypeError(f"measures have no {', '.join(sorted(unknown))}")
    values, errors = dict(fields), dict[str, Any]()
    if "label" in values and not str(values["label"]).strip():
        errors["label"] = _("Give it a name.")
    if "component" in values and values["component"] not in Component.values:
        errors["component"] = _("Choose a component.")
    if "unit" in values and values["unit"] not in set(Unit):
        errors["unit"] = _("Choose a unit.")
    if kind == CustomMeasure.Kind.EXTERNAL:
        values["formula"] = {}
    elif "formula" in values:
        try:
            values["formula"] = parse_formula(values["formula"], figure_catalogue()).as_json()
        except BadFormula as error:
            errors["formula"] = ValidationError(str(error), code=error.path)
    if errors:
        raise ValidationError(errors)
    return values
