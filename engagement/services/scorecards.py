"""Scorecards are drafted, published and retired; what is published never changes."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Segment
from engagement.models import (
    Band,
    RecomputeRun,
    Scorecard,
    ScorecardComponent,
    ScorecardException,
    ScorecardMeasure,
)
from engagement.selectors.scorecard_documents import Document, document_of, problems_of
from engagement.services.runs import PREFIX, start_run
from team.clock import today
from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action

WRITERS = (Role.ADMIN, Role.MANAGER)

# Every account that the place covers, and so every one that the nearest scorecard may now change.
MARK_PLACE = """
INSERT INTO accounts_accountchange (account_id, reason, marked_at)
SELECT a.id, %(reason)s, clock_timestamp() FROM accounts_account a
WHERE a.deleted_at IS NULL AND (%(segment)s::bigint IS NULL OR a.segment_id = %(segment)s)
  AND (%(kind)s = '' OR EXISTS (
      SELECT 1 FROM lifecycle_stagevisit v JOIN lifecycle_stage s ON s.id = v.stage_id
      WHERE v.account_id = a.id AND v.left_at IS NULL AND s.kind = %(kind)s))
ORDER BY a.id
"""


class DraftConflict(Exception):
    """Somebody else saved the draft first; nothing was written. `theirs` is the document that stands there now."""

    def __init__(self, *, version: int, theirs: Document) -> None:
        super().__init__(_("Somebody else saved this draft in the meantime."))
        self.version = version
        self.theirs = theirs


class CardRefused(ValueError):
    """What was asked for cannot be done with this scorecard; the message says why, for people."""


def url_of(card: Scorecard) -> str:
    """Its page."""
    return reverse("scorecard_card", args=[card.pk])


@transaction.atomic
def create_draft(
    *,
    actor: User | None,
    document: Document,
    segment: Segment | None = None,
    stage_kind: str = "",
    based_on: Scorecard | None = None,
) -> Scorecard:
    """A draft for a segment and a kind of stage (none: all) with the next free number of that place."""
    with connection.cursor() as cursor:
        # Two drafts at once get two numbers (`one_scorecard_per_number`).
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('engagement.create_draft'))")
    highest = Scorecard.objects.filter(segment=segment, stage_kind=stage_kind).aggregate(Max("number"))["number__max"]
    card = Scorecard.objects.create(
        segment=segment,
        stage_kind=stage_kind,
        number=(highest or 0) + 1,
        name=document["name"],
        based_on=based_on,
        created_by=actor,
    )
    _write(card, document)
    return card


@transaction.atomic
def save_draft(*, actor: User, card: Scorecard, document: Document, version: int) -> ActionLog | None:
    """Replace all of a draft by the document; None when nothing differs.

    Raises ValidationError for a document with problems, DraftConflict when `version` is not that of the draft any more,
    CardRefused when it was published meanwhile.
    """
    if problems := problems_of(document):
        raise ValidationError([problem.text for problem in problems])
    kept = _lock_draft(card.pk)
    before = document_of(kept)
    if kept.version != version:
        raise DraftConflict(version=kept.version, theirs=before)
    if before == document:
        return None
    _replace(kept, document)
    card.refresh_from_db()
    return log_action(
        actor=actor,
        verb=_("Changed the draft “%(name)s”") % {"name": kept.name},
        service="engagement.restore_draft",
        arguments={"card_id": kept.pk, "version": kept.version, "before": before},
        url=url_of(kept),
    )


@transaction.atomic
def restore_draft(*, actor: User, card_id: int, version: int, before: Document) -> bool:
    """The way back of a saved draft. Raises CannotUndo when it was changed again or published since."""
    if not Scorecard.objects.filter(pk=card_id).exists():
        return False
    try:
        kept = _lock_draft(card_id)
    except CardRefused as error:
        raise CannotUndo(str(error)) from error
    if kept.version != version:
        raise CannotUndo(_("It was changed again since."))
    _replace(kept, before)
    return True


@transaction.atomic
def publish_draft(*, actor: User | None, card: Scorecard, note: str, version: int | None = None) -> RecomputeRun:
    """Put a draft in force: the one before is retired, the accounts of its place are marked, a run keeps count.

    Raises ValidationError without a note or while the draft has problems, CardRefused when it is published already, or
    was saved since `version`, which is what the person has seen.
    """
    if not note.strip():
        raise ValidationError({"note": _("Say what changed: it stands in the history of every score.")})
    kept = _lock_draft(card.pk)
    if version is not None and version != kept.version:
        raise CardRefused(_("Somebody saved this draft in the meantime: look at what differs, then publish again."))
    if problems := problems_of(document_of(kept)):
        raise ValidationError([problem.text for problem in problems])
    _in_force(kept).update(retired_at=timezone.now())
    kept.note, kept.published_at, kept.published_by = note.strip(), timezone.now(), actor
    kept.version += 1
    kept.save(update_fields=["note", "published_at", "published_by", "version"])
    card.refresh_from_db()
    return _start_place_run(kept, actor, RecomputeRun.Cause.PUBLISHED)


@transaction.atomic
def retire_variant(*, actor: User, card: Scorecard) -> RecomputeRun:
    """Take a segment's or stage's own scorecard out of force: the next nearest judges its accounts from now on.

    Raises CardRefused for the default, which something must replace, and for one that is not in force.
    """
    kept = Scorecard.objects.select_for_update().get(pk=card.pk)
    if kept.segment_id is None and not kept.stage_kind:
        raise CardRefused(_("The default scorecard can only be replaced by another version."))
    if _in_force(kept).filter(pk=kept.pk).update(retired_at=timezone.now()) != 1:
        raise CardRefused(_("It is not in force."))
    return _start_place_run(kept, actor, RecomputeRun.Cause.RETIRED)


@transaction.atomic
def delete_draft(*, card: Scorecard) -> bool:
    """Throw a draft away; False when it is gone. Raises CardRefused for a published one: scores were made by it."""
    if not Scorecard.objects.filter(pk=card.pk).exists():
        return False
    _lock_draft(card.pk).delete()
    return True


def export_card(card: Scorecard) -> str:
    """The scorecard as JSON text that `read_document` takes."""
    head = {"perennial": "scorecard", "segment": card.segment.slug if card.segment else None, "stage": card.stage_kind}
    return json.dumps({**head, **document_of(card)}, indent=2, ensure_ascii=False)


def read_document(text: str) -> Document:
    """The document in a JSON text. Raises ValidationError that names what is wrong and where."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("This is no JSON: %(error)s.") % {"error": error}) from error
    if not isinstance(given, dict) or given.get("perennial") != "scorecard":
        raise ValidationError(_("This is no scorecard: “perennial” must be “scorecard”."))
    try:
        document = _shaped(given)
    except KeyError as error:
        raise ValidationError(_("“%(key)s” is missing.") % {"key": error.args[0]}) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ValidationError(_("A part has the wrong form: %(error)s.") % {"error": error}) from error
    if problems := problems_of(document):
        raise ValidationError(
            [f"{problem.path}: {problem.text}" if problem.path else problem.text for problem in problems]
        )
    return document


def _shaped(given: Mapping[str, Any]) -> Document:
    """The known keys alone, each of the right kind; raises KeyError, TypeError or ValueError."""
    return {
        "name": str(given["name"])[:80],
        "components": {
            str(code): {
                "weight": rule["weight"],
                "desired": rule["desired"],
                "by_intent": dict(rule.get("by_intent") or {}),
            }
            for code, rule in given["components"].items()
        },
        "measures": [
            {
                "measure": str(rule["measure"]),
                "component": str(rule["component"]),
                "weight": rule["weight"],
                "scale": [[raw, points] for raw, points in rule["scale"]],
                "valid_days": rule["valid_days"],
            }
            for rule in given["measures"]
        ],
        "bands": [
            {"slug": str(band["slug"])[:12], "name": str(band["name"])[:40], "floor": band["floor"]}
            for band in given["bands"]
        ],
        "exceptions": [
            {
                "name": str(rule["name"])[:80],
                "tests": [[str(code), str(operator), number] for code, operator, number in rule["tests"]],
                "effect": str(rule["effect"]),
                "value": rule["value"],
            }
            for rule in given["exceptions"]
        ],
    }


def _lock_draft(card_id: int) -> Scorecard:
    kept = Scorecard.objects.select_for_update().get(pk=card_id)
    if kept.published_at is not None:
        raise CardRefused(_("It was published: a new draft is needed."))
    return kept


def _in_force(card: Scorecard) -> Any:
    """What judges the card's place now (`one_published_scorecard_per_place`)."""
    rows = Scorecard.objects.filter(published_at__isnull=False, retired_at=None)
    return rows.filter(segment=card.segment_id, stage_kind=card.stage_kind)


def _start_place_run(card: Scorecard, actor: User | None, cause: str) -> RecomputeRun:
    """A run over the accounts of the place; over everybody for the default."""
    if card.segment_id is None and not card.stage_kind:
        return start_run(actor=actor, is_anew=True, cause=cause, about=str(card))
    run = RecomputeRun.objects.create(as_of=today(), started_by=actor, cause=cause, about=str(card))
    with connection.cursor() as cursor:
        cursor.execute(MARK_PLACE, {"reason": f"{PREFIX}{run.pk}", "segment": card.segment_id, "kind": card.stage_kind})
        run.total = cursor.rowcount
    if not run.total:
        run.finished_at = timezone.now()
    run.save(update_fields=["total", "finished_at"])
    return run


def _replace(card: Scorecard, document: Document) -> None:
    card.name = document["name"]
    card.version += 1
    card.save(update_fields=["name", "version"])
    for rows in (card.components, card.measures, card.bands, card.exceptions):
        rows.all().delete()
    _write(card, document)


def _write(card: Scorecard, document: Document) -> None:
    ScorecardComponent.objects.bulk_create(
        ScorecardComponent(
            scorecard=card,
            component=code,
            weight=_decimal(rule["weight"]),
            desired=_decimal(rule["desired"]),
            desired_by_intent=rule["by_intent"],
        )
        for code, rule in document["components"].items()
    )
    ScorecardMeasure.objects.bulk_create(
        ScorecardMeasure(
            scorecard=card,
            component=rule["component"],
            measure=rule["measure"],
            weight=_decimal(rule["weight"]),
            scale=rule["scale"],
            valid_days=rule["valid_days"],
        )
        for rule in document["measures"]
    )
    Band.objects.bulk_create(
        Band(scorecard=card, slug=band["slug"], name=band["name"], floor=_decimal(band["floor"]))
        for band in document["bands"]
    )
    ScorecardException.objects.bulk_create(
        ScorecardException(
            scorecard=card,
            position=place,
            name=rule["name"],
            tests=rule["tests"],
            effect=rule["effect"],
            value=_decimal(rule["value"]),
        )
        for place, rule in enumerate(document["exceptions"])
    )


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))
