"""Use cases are written, changed and taken away; where accounts stand with them is kept by the recompute."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.models import Feature, UseCase, UseCaseCriterion
from engagement.selectors.measures.use_cases import JUDGED_NOW
from engagement.selectors.moments import Moment
from engagement.services.runs import start_run
from team.clock import today
from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action

WRITERS = (Role.ADMIN, Role.MANAGER)
MOST_CRITERIA = 8
FIELDS = ("name", "description", "intents", "is_on")
CRITERION_FIELDS = ("words", "what", "feature_id", "persona", "least", "days")

# Rows that say what is there already are left alone: a full pass over a quiet install writes nothing.
REFRESH = f"""
WITH {JUDGED_NOW},
written AS (
    INSERT INTO engagement_usecasestate AS s (account_id, use_case_id, is_reached, reached_on, met, checked_on)
    SELECT account_id, use_case_id, is_reached, CASE WHEN is_reached THEN %(as_of)s END, met, %(as_of)s
    FROM judged ORDER BY account_id, use_case_id
    ON CONFLICT (account_id, use_case_id) DO UPDATE
    SET is_reached = excluded.is_reached, met = excluded.met, checked_on = excluded.checked_on,
        reached_on = coalesce(s.reached_on, excluded.reached_on)
    WHERE (s.is_reached, s.met) IS DISTINCT FROM (excluded.is_reached, excluded.met)
)
DELETE FROM engagement_usecasestate s
WHERE s.account_id = ANY(%(accounts)s::bigint[])
  AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.account_id = s.account_id AND j.use_case_id = s.use_case_id)
"""  # noqa: S608 constants of the selectors

# The days on which accounts first reached it: nothing else knows them. The recompute says where they stand now.
BRING_BACK_DAYS = """
INSERT INTO engagement_usecasestate (account_id, use_case_id, is_reached, reached_on, met, checked_on)
SELECT a.id, %(use_case)s, true, %(day)s::date, '{}', %(today)s
FROM accounts_account a WHERE a.id = ANY(%(accounts)s::bigint[])
"""

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
    that are off, have no criteria or do not apply (any more) are taken away.
    """
    if not account_ids or not moment.is_live:
        return
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, {**moment.parameters, "accounts": "{" + ",".join(map(str, account_ids)) + "}"})


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
        start_run(actor=actor, is_anew=True)
        return made, _log(actor, _("Wrote the use case “%(name)s”"), made, "engagement.remove_use_case", {})
    kept = UseCase.objects.select_for_update().get(pk=use_case.pk)
    before = document_of(kept)
    if kept.version != version:
        raise UseCaseConflict(version=kept.version, theirs=before)
    if before == document:
        return kept, None
    kept.version += 1
    _write(kept, document)
    start_run(actor=actor, is_anew=True)
    arguments = {"version": kept.version, "before": before}
    return kept, _log(actor, _("Changed the use case “%(name)s”"), kept, "engagement.restore_use_case", arguments)


@transaction.atomic
def restore_use_case(*, actor: User, use_case_id: int, version: int, before: dict[str, Any]) -> bool:
    """The way back of a change. Raises CannotUndo when it was changed again since."""
    _require_writer(actor)
    kept = UseCase.objects.select_for_update().filter(pk=use_case_id).first()
    if kept is None:
        return False
    if kept.version != version:
        raise CannotUndo(_("It was changed again since."))
    kept.version += 1
    _write(kept, before)
    start_run(actor=actor, is_anew=True)
    return True


@transaction.atomic
def delete_use_case(*, actor: User, use_case: UseCase) -> ActionLog | None:
    """Take a use case away, with where accounts stand with it; None when it is gone already."""
    _require_writer(actor)
    kept = UseCase.objects.select_for_update().filter(pk=use_case.pk).first()
    if kept is None:
        return None
    before = {**document_of(kept), "position": kept.position, "reached": _reached_days(kept)}
    kept.delete()
    start_run(actor=actor, is_anew=True)
    return log_action(
        actor=actor,
        verb=_("Deleted the use case “%(name)s”") % {"name": kept.name},
        service="engagement.bring_back_use_case",
        arguments={"before": before},
        url=reverse("use_cases"),
    )


@transaction.atomic
def bring_back_use_case(*, actor: User, before: dict[str, Any]) -> bool:
    """The way back of a deletion; False when one of that name is there."""
    _require_writer(actor)
    if UseCase.objects.filter(name=before["name"]).exists():
        return False
    back = UseCase(position=before["position"])
    _write(back, before)
    with connection.cursor() as cursor:
        for day, accounts in before.get("reached", {}).items():
            values = {"use_case": back.pk, "day": day, "today": today(), "accounts": accounts}
            cursor.execute(BRING_BACK_DAYS, values)
    start_run(actor=actor, is_anew=True)
    return True


def _reached_days(use_case: UseCase) -> dict[str, list[int]]:
    """The accounts by the day on which they first reached it."""
    days: dict[str, list[int]] = {}
    for day, account in use_case.states.values_list("reached_on", "account"):
        if day is not None:
            days.setdefault(day.isoformat(), []).append(account)
    return days


@transaction.atomic
def remove_use_case(*, actor: User, use_case_id: int) -> bool:
    """The way back of a new use case; False when it is gone."""
    _require_writer(actor)
    gone, _rows = UseCase.objects.filter(pk=use_case_id).delete()
    if gone:
        start_run(actor=actor, is_anew=True)
    return gone > 0


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
        start_run(actor=actor, is_anew=True)
    return made


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
        raise ValidationError(_("Another use case has this name.")) from error
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


def _log(actor: User, verb: str, use_case: UseCase, service: str, arguments: dict[str, Any]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"name": use_case.name},
        service=service,
        arguments={"use_case_id": use_case.pk, **arguments},
        url=reverse("use_case", args=[use_case.pk]),
    )
