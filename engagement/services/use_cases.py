"""Use cases are written, changed and taken away; where accounts stand with them is kept by the recompute."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.selectors.literals import literal
from engagement.models import Feature, RecomputeRun, UseCase, UseCaseCriterion
from engagement.selectors.measures.use_cases import JUDGED_NOW
from engagement.selectors.moments import Moment
from engagement.services.runs import start_run
from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action

WRITERS = (Role.ADMIN, Role.MANAGER)
MOST_CRITERIA = 8
FIELDS = ("name", "description", "intents", "is_on")
CRITERION_FIELDS = ("words", "what", "feature_id", "persona", "least", "days")

# Rows that say what is there already are left alone: a full pass over a quiet install writes nothing. What does not
# apply (any more) goes; where somebody reached it once the row stays for that day.
REFRESH = f"""
WITH {JUDGED_NOW},
written AS (
    INSERT INTO engagement_usecasestate AS s (account_id, use_case_id, applies, is_reached, reached_on, met, checked_on)
    SELECT j.account_id, j.use_case_id, true, j.is_reached, CASE WHEN j.is_reached THEN %(as_of)s END, j.met, %(as_of)s
    FROM judged j
    LEFT JOIN engagement_usecasestate known ON known.account_id = j.account_id AND known.use_case_id = j.use_case_id
    WHERE known.applies IS NOT TRUE OR (known.is_reached, known.met) IS DISTINCT FROM (j.is_reached, j.met)
    ORDER BY j.account_id, j.use_case_id
    ON CONFLICT (account_id, use_case_id) DO UPDATE
    SET applies = true, is_reached = excluded.is_reached, met = excluded.met, checked_on = excluded.checked_on,
        reached_on = coalesce(s.reached_on, excluded.reached_on)
    WHERE NOT s.applies OR (s.is_reached, s.met) IS DISTINCT FROM (excluded.is_reached, excluded.met)
),
gone AS MATERIALIZED (
    SELECT s.id, s.reached_on FROM engagement_usecasestate s
    WHERE s.account_id = ANY(%(accounts)s::bigint[]) AND s.applies
      AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.account_id = s.account_id AND j.use_case_id = s.use_case_id)
),
kept AS (
    UPDATE engagement_usecasestate s SET applies = false, is_reached = false, met = '{{}}', checked_on = %(as_of)s
    FROM gone WHERE s.id = gone.id AND gone.reached_on IS NOT NULL
)
DELETE FROM engagement_usecasestate s USING gone WHERE s.id = gone.id AND gone.reached_on IS NULL
"""  # noqa: S608 constants of the selectors

# What a product for planning and approving would be bought for; an install without features of these names starts
# with people and days alone.
STARTERS: tuple[tuple[str, str, tuple[tuple[str, str, int, int], ...]], ...] = (
    (
        gettext_noop("Used every week"),
        gettext_noop("The product has a place in the working week."),
        (
            (gettext_noop("Used on 12 days of 28"), "days", 12, 28),
            (gettext_noop("At least three people are active"), "users", 3, 28),
        ),
    ),
    (
        gettext_noop("Carried by the team"),
        gettext_noop("More than a few people depend on it."),
        (
            (gettext_noop("At least ten people are active"), "users", 10, 28),
            (gettext_noop("Five hundred actions in four weeks"), "events", 500, 28),
        ),
    ),
)


def refresh_use_cases(*, account_ids: Sequence[int], moment: Moment) -> None:
    """Bring the states of the accounts up to date for a live moment; one statement, idempotent.

    `reached_on` is the first day on which all criteria held, and stays when they hold no more. States of use cases
    that are off, deleted, have no criteria or do not apply (any more) are taken away, or kept for their first day.
    """
    if not account_ids or not moment.is_live:
        return
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, {**moment.parameters, "accounts": literal(account_ids)})


class UseCaseConflict(Exception):
    """Somebody else saved the use case first; nothing was written. `theirs` is the document that stands there now."""

    def __init__(self, *, version: int, theirs: dict[str, Any]) -> None:
        super().__init__(_("Somebody else changed this use case in the meantime."))
        self.version = version
        self.theirs = theirs


def document_of(use_case: UseCase) -> dict[str, Any]:
    """The use case with its criteria as JSON: what the editor shows, and what undo brings back."""
    criteria = [{name: getattr(one, name) for name in CRITERION_FIELDS} for one in use_case.criteria.order_by("pk")]
    return {**{name: getattr(use_case, name) for name in FIELDS}, "criteria": criteria}


def problems_of(document: dict[str, Any]) -> list[str]:
    """What is wrong with a document, in words; empty when it can be saved."""
    criteria = document["criteria"]
    found = []
    if not document["name"].strip():
        found.append(_("Give it a name."))
    if not criteria:
        found.append(_("Write at least one criterion: without one nobody can reach it."))
    if len(criteria) > MOST_CRITERIA:
        found.append(_("At most %(most)d criteria.") % {"most": MOST_CRITERIA})
    for one in criteria:
        if one["what"] not in UseCaseCriterion.What.values or not one["least"] or not 1 <= (one["days"] or 0) <= 90:
            found.append(_("Each criterion needs a number, and a window of 1 to 90 days."))
            break
    if any(one["persona"] and one["what"] != UseCaseCriterion.What.USERS for one in criteria):
        found.append(_("A persona narrows people: choose active users, or leave it empty."))
    return found


@transaction.atomic
def save_use_case(
    *, actor: User, document: dict[str, Any], use_case: UseCase | None = None, version: int = 0
) -> tuple[UseCase, ActionLog | None]:
    """Write a use case, or replace all of one; accounts are judged anew by a run with progress.

    Returns it, and how to take it back (None where nothing differs).

    Raises:
        PermissionDenied: for all but admins and managers.
        ValidationError: for a document with problems, or a name that another one has.
        UseCaseConflict: when `version` is not that of the use case any more.
    """
    _require_writer(actor)
    if problems := problems_of(document):
        raise ValidationError(problems)
    if use_case is None:
        made = UseCase(position=(UseCase.objects.aggregate(Max("position"))["position__max"] or 0) + 1)
        _write(made, document)
        _judge_anew(actor, made.name)
        return made, _log(actor, _("Wrote the use case “%(name)s”"), made, "engagement.remove_use_case", {})
    kept = UseCase.objects.select_for_update().get(pk=use_case.pk)
    before = document_of(kept)
    if kept.version != version:
        raise UseCaseConflict(version=kept.version, theirs=before)
    if before == document:
        return kept, None
    kept.version += 1
    _write(kept, document)
    _judge_anew(actor, kept.name)
    arguments = {"version": kept.version, "before": before}
    return kept, _log(actor, _("Changed the use case “%(name)s”"), kept, "engagement.restore_use_case", arguments)


def switch_use_case(*, actor: User, use_case: UseCase, is_on: bool) -> ActionLog | None:
    """Judge by it again, or no longer; None when it is so. First days outlast it. Raises as `save_use_case`."""
    changed = {**document_of(use_case), "is_on": is_on}
    _case, action = save_use_case(actor=actor, document=changed, use_case=use_case, version=use_case.version)
    return action


@transaction.atomic
def restore_use_case(*, actor: User, use_case_id: int, version: int, before: dict[str, Any]) -> bool:
    """The way back of a change. Raises CannotUndo when it was changed again since, another one has the name by now, or
    a feature that it named is gone."""
    _require_writer(actor)
    kept = UseCase.objects.select_for_update().filter(pk=use_case_id).first()
    if kept is None:
        return False
    if kept.version != version:
        raise CannotUndo(_("It was changed again since."))
    kept.version += 1
    try:
        _write(kept, before)
    except ValidationError as error:
        raise CannotUndo(" ".join(error.messages)) from error
    _judge_anew(actor, kept.name)
    return True


@transaction.atomic
def delete_use_case(*, actor: User, use_case: UseCase) -> ActionLog | None:
    """Take a use case away; None when it is gone already. First days are kept for 30 days, as long as it can come
    back."""
    _require_writer(actor)
    if not UseCase.objects.filter(pk=use_case.pk).update(deleted_at=timezone.now()):
        return None
    _judge_anew(actor, use_case.name)
    words = _("Deleted the use case “%(name)s”")
    return _log(actor, words, use_case, "engagement.bring_back_use_case", {}, url=reverse("use_cases"))


@transaction.atomic
def bring_back_use_case(*, actor: User, use_case_id: int) -> bool:
    """The way back of a deletion: the same use case with its first days; False when it is there, or gone for good.

    Raises CannotUndo when another one has its name by now.
    """
    _require_writer(actor)
    back = UseCase.everything.select_for_update().filter(pk=use_case_id, deleted_at__isnull=False).first()
    if back is None:
        return False
    if UseCase.objects.filter(name=back.name).exists():
        raise CannotUndo(_("Another use case has its name by now: rename that one first."))
    UseCase.everything.filter(pk=back.pk).update(deleted_at=None)
    _judge_anew(actor, back.name)
    return True


@transaction.atomic
def purge_use_cases(*, before: dt.datetime, limit: int) -> int:
    """Use cases deleted before the moment, with the states that were kept for them."""
    ids = list(UseCase.everything.filter(deleted_at__lt=before).values_list("pk", flat=True)[:limit])
    UseCase.everything.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def remove_use_case(*, actor: User, use_case_id: int) -> bool:
    """The way back of a new use case; False when it is gone."""
    _require_writer(actor)
    gone = UseCase.objects.filter(pk=use_case_id).first()
    if gone is None:
        return False
    gone.delete()
    _judge_anew(actor, gone.name)
    return True


@transaction.atomic
def add_starters(*, actor: User) -> int:
    """The starters that are not there yet by name; returns how many were written. Idempotent."""
    _require_writer(actor)
    made = 0
    for place, (name, description, criteria) in enumerate(STARTERS, start=1):
        if UseCase.objects.filter(name=_(name)).exists():
            continue
        rows = [
            {"words": _(words), "what": what, "feature_id": None, "persona": "", "least": least, "days": days}
            for words, what, least, days in criteria
        ]
        document = {"name": _(name), "description": _(description), "intents": [], "is_on": True, "criteria": rows}
        _write(UseCase(position=place), document)
        made += 1
    if made:
        _judge_anew(actor, "")
    return made


def _judge_anew(actor: User, name: str) -> None:
    start_run(actor=actor, is_anew=True, cause=RecomputeRun.Cause.USE_CASE, about=name)


def _require_writer(actor: User) -> None:
    if actor.role not in WRITERS:
        raise PermissionDenied(_("Use cases are written by those who lead."))


def _write(use_case: UseCase, document: dict[str, Any]) -> None:
    """All of it; criteria that stay the same keep their ids, because states are kept by them."""
    for name in FIELDS:
        setattr(use_case, name, document[name])
    try:
        with transaction.atomic():
            use_case.save()
    except IntegrityError as error:
        raise ValidationError({"name": _("Another use case has this name.")}) from error
    known = list(use_case.criteria.order_by("pk"))
    features = set(Feature.objects.filter(pk__in=_features(document)).values_list("pk", flat=True))
    for place, row in enumerate(document["criteria"]):
        criterion = known[place] if place < len(known) else UseCaseCriterion(use_case=use_case)
        for name in CRITERION_FIELDS:
            setattr(criterion, name, row[name])
        if criterion.feature_id is not None and criterion.feature_id not in features:
            raise ValidationError(_("A feature that a criterion names is gone."))
        criterion.save()
    UseCaseCriterion.objects.filter(pk__in=[one.pk for one in known[len(document["criteria"]) :]]).delete()


def _features(document: dict[str, Any]) -> list[int]:
    return [row["feature_id"] for row in document["criteria"] if row["feature_id"] is not None]


def _log(
    actor: User, verb: str, use_case: UseCase, service: str, arguments: dict[str, Any], *, url: str = ""
) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"name": use_case.name},
        service=service,
        arguments={"use_case_id": use_case.pk, **arguments},
        url=url or reverse("use_case", args=[use_case.pk]),
    )
