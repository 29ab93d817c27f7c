"""Topics that no theme covers: proposed from what was said lately, accepted as a theme or dismissed by people."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from team.clock import now
from team.models import Department, User
from team.services.undo import CannotUndo, log_action
from voc.formulas.understanding.embeddings import pack, unpack
from voc.formulas.understanding.topics import Group, find_topics, like_any
from voc.models import FeedbackTheme, FeedbackVector, Theme, Topic

DAYS = 90
MOST = 5000
EXAMPLES_KEPT = 500


@transaction.atomic
def propose_topics() -> int:
    """Search the last 90 days' feedback without a theme; returns how many topics are new.

    What was accepted or dismissed is not proposed again; open proposals are brought up to date.
    """
    since = now() - dt.timedelta(days=DAYS)
    rows = FeedbackVector.objects.filter(
        feedback__received_at__gte=since, feedback__tags__isnull=True, feedback__duplicate_of__isnull=True
    ).order_by("-feedback_id")
    found = list(
        rows.values_list("feedback_id", "feedback__text", "feedback__language", "feedback__account_id", "values")[:MOST]
    )
    groups = find_topics([row[1] for row in found], unpack([row[4] for row in found]))
    topics = list(Topic.objects.select_for_update())
    decided = unpack([topic.centre for topic in topics if topic.state != Topic.State.PROPOSED])
    Topic.objects.filter(state=Topic.State.PROPOSED).delete()
    before = unpack([topic.centre for topic in topics if topic.state == Topic.State.PROPOSED])
    fresh = 0
    for group in groups:
        if like_any(group.centre, decided):
            continue
        fresh += not like_any(group.centre, before)
        _write(group, found)
    return fresh


def _write(group: Group, found: Sequence[tuple[int, str, str, int | None, bytes | memoryview]]) -> None:
    members = [found[at] for at in group.members]
    languages = [row[2] for row in members]
    topic = Topic.objects.create(
        words=list(group.words),
        language=max(set(languages), key=languages.count),
        size=len(members),
        accounts=len({row[3] for row in members if row[3]}),
        cohesion=round(group.cohesion, 3),
        centre=pack(np.asarray(group.centre)),
    )
    topic.feedback.set([row[0] for row in members[:EXAMPLES_KEPT]])


@transaction.atomic
def accept_topic(*, actor: User, topic: Topic, name: str, department: Department | None, parent: Theme | None) -> Theme:
    """Make it a theme that its feedback is tagged with. Idempotent: an accepted one gives the theme it became."""
    row = Topic.objects.select_for_update(of=("self",)).get(pk=topic.pk)
    if row.state == Topic.State.ACCEPTED and row.theme is not None:
        return row.theme
    keywords = {row.language or "en": row.words[:4]}
    theme = Theme.objects.create(
        slug=free_slug(name), name=name, department=department, parent=parent, keywords=keywords
    )
    members = row.feedback.values_list("pk", flat=True)
    FeedbackTheme.objects.bulk_create(
        [FeedbackTheme(feedback_id=pk, theme=theme, confidence=round(row.cohesion, 3)) for pk in members],
        ignore_conflicts=True,
    )
    row.state, row.theme, row.decided_by, row.decided_at = Topic.State.ACCEPTED, theme, actor, timezone.now()
    row.save(update_fields=["state", "theme", "decided_by", "decided_at"])
    _log(actor, row, _("Made %(theme)s a theme") % {"theme": name})
    return theme


@transaction.atomic
def dismiss_topic(*, actor: User, topic: Topic) -> bool:
    """It is none: it is not proposed again. False when it was decided before."""
    changed = Topic.objects.filter(pk=topic.pk, state=Topic.State.PROPOSED).update(
        state=Topic.State.DISMISSED, decided_by=actor, decided_at=timezone.now()
    )
    if changed:
        _log(actor, topic, _("Dismissed the topic %(topic)s") % {"topic": str(topic)})
    return changed == 1


@transaction.atomic
def undo_topic(*, actor: User, topic: int) -> None:
    """The way back: proposed again; a theme that it became is retired. Raises CannotUndo when it is gone."""
    row = Topic.objects.select_for_update(of=("self",)).filter(pk=topic).first()
    if row is None:
        raise CannotUndo(_("The topic is gone."))
    if row.theme is not None:
        FeedbackTheme.objects.filter(theme=row.theme, is_by_person=False).delete()
        Theme.objects.filter(pk=row.theme.pk).update(retired_at=timezone.now())
    row.state, row.theme, row.decided_by, row.decided_at = Topic.State.PROPOSED, None, None, None
    row.save(update_fields=["state", "theme", "decided_by", "decided_at"])


def free_slug(name: str) -> str:
    """A slug that no theme has."""
    base = slugify(name)[:40] or "theme"
    taken = set(Theme.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 1000))) if slug not in taken)


def _log(actor: User, topic: Topic, verb: str) -> None:
    log_action(actor=actor, verb=verb, service="voc.undo_topic", arguments={"topic": topic.pk}, url="")
