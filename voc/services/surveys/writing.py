"""Surveys as a whole: made, copied, set, closed, deleted. Whatever was asked and answered stays."""

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action
from voc.formulas.definitions import read_definition
from voc.formulas.survey_templates import SurveyTemplate
from voc.models import Survey

SETTINGS = (
    *("name", "kind", "owner", "decision", "measure", "target", "who_reads", "legal_basis"),
    *("is_anonymous", "is_transactional", "is_about_renewal", "sender_name", "reply_to", "brand_name", "brand_color"),
    *("valid_days", "reminders", "remind_after_days"),
)
EMPTY_DRAFT: dict[str, Any] = {"languages": ["en"], "questions": []}


@transaction.atomic
def create_survey(
    *, actor: User, name: str, owner: User | None = None, template: SurveyTemplate | None = None, **fields: Any
) -> Survey:
    """A survey with a draft from a template, or an empty one. Fields: those of SETTINGS."""
    given: dict[str, Any] = {"kind": Survey.Kind.CUSTOM, "draft": EMPTY_DRAFT}
    if template is not None:
        given |= template.programme() | {"draft": read_definition(template.definition).to_json()}
    return Survey.objects.create(**given | fields | {"name": name, "owner": owner or actor})


@transaction.atomic
def copy_survey(*, actor: User, survey: Survey) -> Survey:
    """The same once more, unpublished; nobody is asked by it."""
    fields = {name: getattr(survey, name) for name in SETTINGS}
    fields |= {"name": (_("Copy of %(name)s") % {"name": survey.name})[:120], "owner": actor, "draft": survey.draft}
    return Survey.objects.create(**fields)


def picture(survey: Survey) -> dict[str, Any]:
    """The settings as JSON keeps them."""
    values = {name: getattr(survey, name) for name in SETTINGS}
    return {name: value.pk if isinstance(value, Model) else value for name, value in values.items()}


@transaction.atomic
def edit_settings(*, actor: User, survey: Survey, **fields: Any) -> ActionLog | None:
    """Change settings; None when nothing differs. What was asked before stays as it was."""
    if unknown := set(fields) - set(SETTINGS):
        raise TypeError(f"surveys have no {', '.join(sorted(unknown))}")
    kept = Survey.objects.select_for_update().get(pk=survey.pk)
    before = picture(kept)
    for name, value in fields.items():
        setattr(kept, name, value)
    after = picture(kept)
    if after == before:
        return None
    kept.save(update_fields=[*fields, "updated_at"])
    changed = [name for name in SETTINGS if before[name] != after[name]]
    survey.refresh_from_db()
    return log_action(
        actor=actor,
        verb=_("Changed the settings of “%(name)s”") % {"name": kept.name},
        service="voc.restore_settings",
        arguments={
            "survey_id": kept.pk,
            "before": {name: before[name] for name in changed},
            "after": {name: after[name] for name in changed},
        },
        url=reverse("survey_settings", args=[kept.pk]),
    )


@transaction.atomic
def restore_settings(*, actor: User, survey_id: int, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """The way back of edit_settings. Raises CannotUndo when one of them was changed again since."""
    kept = Survey.objects.select_for_update().filter(pk=survey_id).first()
    if kept is None:
        return False
    now = picture(kept)
    if any(now[name] != value for name, value in after.items()):
        raise CannotUndo(_("It was changed again since."))
    for name, value in before.items():
        setattr(kept, "owner_id" if name == "owner" else name, value)
    kept.save()
    return True


@transaction.atomic
def close_survey(*, actor: User, survey: Survey) -> ActionLog | None:
    """Nobody is asked any more; who was asked may still answer. None when it is closed."""
    if Survey.objects.filter(pk=survey.pk, is_active=True).update(is_active=False) != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Closed the survey “%(name)s”") % {"name": survey.name},
        service="voc.undo_close_survey",
        arguments={"survey_id": survey.pk},
        url=reverse("survey", args=[survey.pk]),
    )


@transaction.atomic
def reopen_survey(*, actor: User, survey: Survey) -> bool:
    """It may be sent again; False when it is open."""
    return Survey.objects.filter(pk=survey.pk, is_active=False).update(is_active=True) == 1


def undo_close_survey(*, actor: User, survey_id: int) -> bool:
    """The way back of close_survey."""
    return Survey.objects.filter(pk=survey_id, is_active=False).update(is_active=True) == 1


@transaction.atomic
def delete_survey(*, actor: User, survey: Survey) -> ActionLog | None:
    """Take it off the list, closed; its answers stay in every figure. None when it is deleted."""
    was_active = survey.is_active
    gone = Survey.objects.filter(pk=survey.pk).update(
        deleted_at=timezone.now(), is_active=False, updated_at=timezone.now()
    )
    if gone != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Deleted the survey “%(name)s”") % {"name": survey.name},
        service="voc.restore_survey",
        arguments={"survey_id": survey.pk, "was_active": was_active},
        url=reverse("surveys"),
    )


@transaction.atomic
def restore_survey(*, actor: User, survey_id: int, was_active: bool) -> bool:
    """The way back of delete_survey; False when it is there."""
    rows = Survey.everything.filter(pk=survey_id, deleted_at__isnull=False)
    return rows.update(deleted_at=None, is_active=was_active) == 1
