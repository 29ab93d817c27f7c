"""Watching an insight, and talking about it among colleagues; customers see none of it."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from team.models import ActionLog, User
from team.services.notices import notify
from team.services.undo import log_action
from voc.models import Insight, InsightComment, InsightRead, InsightWatch
from voc.selectors.talk import can_see, mentioned_in, people_who_may_see

LONGEST = 4000


def watch(*, user: User, insight: Insight) -> bool:
    """Hear what becomes of it; True when that is new. SECURITY: only of what one sees."""
    if not can_see(user, insight):
        raise PermissionDenied(_("You do not see this insight."))
    return InsightWatch.objects.get_or_create(insight=insight, user=user)[1]


def unwatch(*, user: User, insight: Insight) -> bool:
    """Hear nothing more; True when the person watched."""
    return InsightWatch.objects.filter(insight=insight, user=user).delete()[0] > 0


def note_read(*, user: User, insight: Insight) -> None:
    """The person has opened it; the first time counts, whoever asks again. One query."""
    InsightRead.objects.bulk_create([InsightRead(insight=insight, user=user)], ignore_conflicts=True)


@transaction.atomic
def add_comment(*, author: User, insight: Insight, text: str) -> InsightComment:
    """A remark. Its author watches from now on; so does whom it mentions, and hears of it at once. Other watchers hear
    too. SECURITY: a mention of somebody who does not see the insight tells nobody anything.

    Raises ValueError for an empty one.
    """
    if not can_see(author, insight):
        raise PermissionDenied(_("You do not see this insight."))
    text = text.strip()[:LONGEST]
    if not text:
        raise ValueError(_("Write something."))
    comment = InsightComment.objects.create(insight=insight, author=author, text=text)
    watch(user=author, insight=insight)
    named = _mention(comment=comment, insight=insight)
    watchers = User.objects.filter(pk__in=insight.watches.values("user"), is_active=True)
    others = watchers.exclude(pk__in=[author.pk, *(person.pk for person in named)])
    _tell(comment, insight, others, _("%(name)s on “%(title)s”: %(text)s"), kind="comment")
    return comment


@transaction.atomic
def edit_comment(*, actor: User, comment: InsightComment, text: str) -> bool:
    """Other words for the own remark; True when they differ. Whom it mentions now and did not before hears of it."""
    _require_author(actor, comment)
    text = text.strip()[:LONGEST]
    if not text:
        raise ValueError(_("Write something."))
    if text == comment.text:
        return False
    comment.text, comment.edited_at = text, timezone.now()
    comment.save(update_fields=["text", "edited_at"])
    _mention(comment=comment, insight=comment.insight)
    return True


@transaction.atomic
def remove_comment(*, actor: User, comment: InsightComment) -> ActionLog | None:
    """Take the own remark off the page; None when it is gone already."""
    _require_author(actor, comment)
    rows = InsightComment.objects.filter(pk=comment.pk, removed_at__isnull=True)
    if rows.update(removed_at=timezone.now()) != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Removed a remark"),
        service="voc.restore_insight_comment",
        arguments={"comment_id": comment.pk},
        url=reverse("insight", args=[comment.insight_id]),
    )


def restore_comment(*, actor: User, comment_id: int) -> bool:
    """The way back of `remove_comment`."""
    mine = InsightComment.objects.filter(pk=comment_id, author=actor, removed_at__isnull=False)
    return mine.update(removed_at=None) == 1


def _require_author(actor: User, comment: InsightComment) -> None:
    if comment.author_id != actor.pk or not can_see(actor, comment.insight):
        raise PermissionDenied(_("Only who wrote it changes it."))


def _mention(*, comment: InsightComment, insight: Insight) -> list[User]:
    """Those whom it names watch from now on, and hear of it once; returns all that it names now."""
    named = [
        person
        for person in mentioned_in(comment.text, people_who_may_see(insight))
        if person.pk != comment.author_id and can_see(person, insight)
    ]
    known = set(comment.mentions.values_list("pk", flat=True))
    comment.mentions.set(named)
    fresh = [person for person in named if person.pk not in known]
    for person in fresh:
        InsightWatch.objects.get_or_create(insight=insight, user=person)
    _tell(comment, insight, fresh, _("%(name)s mentions you on “%(title)s”: %(text)s"), kind="mention")
    return named


def _tell(comment: InsightComment, insight: Insight, people: Iterable[User], words: str, *, kind: str) -> None:
    said = {"name": comment.author.name or comment.author.email, "title": insight.title, "text": comment.text}
    for person in people:
        if not can_see(person, insight):
            continue
        notify(
            user=person,
            kind="insight",
            text=words % said,
            url=f"{reverse('insight', args=[insight.pk])}#talk",
            dedupe_key=f"insight:{insight.pk}:{kind}:{comment.pk}",
        )
