"""Changes of the catalogue by admins, each with its way back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.services.versions import save_version
from engagement.models import Feature, FeatureWork
from engagement.services.catalogue.names import change_names
from engagement.services.catalogue.working import start_work
from engagement.services.rollups import lock_usage
from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action

FIELDS = ("label", "description", "is_key", "is_core_action", "is_hidden", "is_reviewed", "plans")
# What one key or one press on many rows does: {name: fields}.
MARKS: Mapping[str, Mapping[str, bool]] = {
    "review": {"is_reviewed": True},
    "look_again": {"is_reviewed": False},
    "hide": {"is_hidden": True, "is_reviewed": True},
    "show": {"is_hidden": False},
    "key": {"is_key": True, "is_reviewed": True},
    "not_key": {"is_key": False},
    "core": {"is_core_action": True, "is_reviewed": True},
    "not_core": {"is_core_action": False},
}
Kind = FeatureWork.Kind


def require_admin(actor: User) -> None:
    """Raises PermissionDenied for everybody else."""
    if actor.role != Role.ADMIN:
        raise PermissionDenied(_("Only admins change the catalogue."))


@transaction.atomic
def edit_feature(*, actor: User, feature: Feature, version: int | None = None, **fields: Any) -> ActionLog | None:
    """Change a feature (FIELDS); None when nothing was new. A person who edits it has looked at it.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        PermissionDenied: for all but admins.
    """
    require_admin(actor)
    if unknown := set(fields) - set(FIELDS):
        raise TypeError(f"no fields of the catalogue: {sorted(unknown)}")
    wanted = {**fields, "is_reviewed": fields.get("is_reviewed", True)}
    _wait_for_writers(wanted)
    before = save_version(feature, version=version, fields=wanted)
    if not before:
        return None
    _follow(actor, {feature.pk: before})
    return _log(actor, _("Edited the feature %(name)s") % {"name": feature}, {feature.pk: before})


@transaction.atomic
def mark_features(*, actor: User, feature_ids: Sequence[int], what: str) -> ActionLog | None:
    """Do one thing (MARKS) to several features; None when nothing had to change.

    Raises:
        KeyError: for a name that MARKS has not.
        PermissionDenied: for all but admins.
    """
    require_admin(actor)
    fields = MARKS[what]
    _wait_for_writers(fields)
    rows = list(Feature.objects.select_for_update().filter(pk__in=feature_ids).order_by("pk"))
    before = {
        row.pk: {name: getattr(row, name) for name, value in fields.items() if getattr(row, name) != value}
        for row in rows
    }
    before = {pk: values for pk, values in before.items() if values}
    if not before:
        return None
    Feature.objects.filter(pk__in=before).update(**fields, version=F("version") + 1)
    _follow(actor, before)
    changed = [row for row in rows if row.pk in before]
    if len(changed) == 1:
        return _log(actor, _("Changed the feature %(name)s") % {"name": changed[0]}, before)
    return _log(actor, _("Changed %(n)s features") % {"n": len(changed)}, before)


@transaction.atomic
def restore_features(*, actor: User, before: Mapping[str, Mapping[str, Any]]) -> None:
    """The way back of edits and marks: each field gets its former value. Raises CannotUndo when a feature is gone."""
    require_admin(actor)
    _wait_for_writers([name for values in before.values() for name in values])
    rows = {row.pk: row for row in Feature.objects.select_for_update().filter(pk__in=before).order_by("pk")}
    if len(rows) != len(before):
        raise CannotUndo(_("It is gone for good."))
    changed: dict[int, dict[str, Any]] = {}
    for key, values in before.items():
        row = rows[int(key)]
        changed[row.pk] = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        Feature.objects.filter(pk=row.pk).update(**values, version=F("version") + 1)
    _follow(actor, changed)


@transaction.atomic
def merge_feature(*, actor: User, feature: Feature, into: Feature) -> FeatureWork:
    """What comes under the name of `feature` counts for `into` from now on, and so does what came before: its days
    move, for few accounts at once, else by a worker.

    Raises:
        ValidationError: for a feature merged already, into itself, or that others are merged into.
        PermissionDenied: for all but admins.
    """
    require_admin(actor)
    was_reviewed = Feature.objects.filter(pk=feature.pk, is_reviewed=True).exists()
    work = _merge(actor, feature.pk, into.pk)
    words = _("Merged %(name)s into %(into)s") % {"name": feature.name, "into": into}
    arguments = {"feature": feature.pk, "into": into.pk, "was_reviewed": was_reviewed}
    _log_way(actor, words, "engagement.undo_merge_feature", arguments)
    return work


@transaction.atomic
def unmerge_feature(*, actor: User, feature: Feature) -> FeatureWork | None:
    """The name is a feature of its own again, with its days; None when it is."""
    require_admin(actor)
    into = feature.merged_into
    work = _unmerge(actor, feature.pk)
    if work is not None and into is not None:
        words = _("Took %(name)s out of %(into)s") % {"name": feature.name, "into": into}
        arguments = {"feature": feature.pk, "into": into.pk}
        _log_way(actor, words, "engagement.undo_unmerge_feature", arguments)
    return work


@transaction.atomic
def undo_merge_feature(*, actor: User, feature: int, into: int, was_reviewed: bool = True) -> None:
    """The way back of a merge: a name that nobody had looked at waits for that again. Raises CannotUndo when the name
    was taken out or merged elsewhere since."""
    require_admin(actor)
    if not Feature.objects.filter(pk=feature, merged_into=into).exists():
        raise CannotUndo(_("It was changed again since."))
    _unmerge(actor, feature)
    if not was_reviewed:
        Feature.objects.filter(pk=feature).update(is_reviewed=False)


@transaction.atomic
def undo_unmerge_feature(*, actor: User, feature: int, into: int) -> None:
    """The way back of taking a name out. Raises CannotUndo when the features stand otherwise by now."""
    require_admin(actor)
    try:
        _merge(actor, feature, into, is_review=False)
    except ValidationError as error:
        raise CannotUndo(" ".join(error.messages)) from error


def _wait_for_writers(names: Iterable[str]) -> None:
    """Before features are locked: sums of core actions may be made anew in this transaction, where no usage is written,
    and who writes usage locks features last."""
    if "is_core_action" in names:
        lock_usage(alone=True)


def _merge(actor: User, feature_id: int, into_id: int, *, is_review: bool = True) -> FeatureWork:
    # Whoever counts at this moment has read the names as they were.
    change_names()
    lock_usage(alone=True)
    rows = {row.pk: row for row in Feature.objects.select_for_update().filter(pk__in=[feature_id, into_id])}
    feature, into = rows.get(feature_id), rows.get(into_id)
    if feature is None or into is None or feature.pk == into.pk:
        raise ValidationError(_("Choose another feature."))
    if feature.merged_into_id is not None:
        raise ValidationError(_("It is merged already: take it out first."))
    if into.merged_into_id is not None:
        raise ValidationError(_("%(name)s is merged itself: choose the one that it counts for.") % {"name": into})
    if feature.merged.exists():
        words = _("Other names are merged into %(name)s: take them out, or merge them into the same feature first.")
        raise ValidationError(words % {"name": feature})
    is_reviewed = is_review or feature.is_reviewed
    Feature.objects.filter(pk=feature.pk).update(merged_into=into, is_reviewed=is_reviewed, version=F("version") + 1)
    return _start_move(actor, Kind.MERGE, feature, into)


def _unmerge(actor: User, feature_id: int) -> FeatureWork | None:
    # Whoever counts at this moment has read the names as they were.
    change_names()
    lock_usage(alone=True)
    feature = Feature.objects.select_for_update(of=("self",)).select_related("merged_into").get(pk=feature_id)
    into = feature.merged_into
    if into is None:
        return None
    Feature.objects.filter(pk=feature.pk).update(merged_into=None, version=F("version") + 1)
    return _start_move(actor, Kind.UNMERGE, feature, into)


def _start_move(actor: User, kind: str, feature: Feature, into: Feature) -> FeatureWork:
    work = start_work(kind=kind, feature=feature, into=into, actor=actor)
    if feature.is_key or feature.is_core_action or into.is_key or into.is_core_action:
        start_work(kind=Kind.JUDGE, feature=None, actor=actor)
    return work


def _follow(actor: User, changed: Mapping[int, Mapping[str, Any]]) -> None:
    """What measures are made of has changed: sums of core actions anew, and every account a new judgement."""
    core = [pk for pk, values in changed.items() if "is_core_action" in values]
    for feature in Feature.objects.filter(pk__in=core).order_by("pk"):
        start_work(kind=Kind.RECOUNT, feature=feature, actor=actor)
    if any({"is_key", "is_core_action", "plans"} & set(values) for values in changed.values()):
        start_work(kind=Kind.JUDGE, feature=None, actor=actor)


def _log(actor: User, verb: str, before: Mapping[int, Mapping[str, Any]]) -> ActionLog:
    arguments = {"before": {str(pk): dict(values) for pk, values in before.items()}}
    return log_action(
        actor=actor, verb=verb, service="engagement.restore_features", arguments=arguments, url="/features/"
    )


def _log_way(actor: User, verb: str, service: str, arguments: Mapping[str, Any]) -> ActionLog:
    url = f"/features/{arguments['into']}/"
    return log_action(actor=actor, verb=verb, service=service, arguments=arguments, url=url)
