"""Outside trackers: set up by admins, linked to insights, and what they tell us about their issues."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from team.clock import now
from team.models import Role, User
from team.services.notices import notify
from voc.formulas.sealing import new_webhook_secret, seal, unseal
from voc.formulas.tracker_news import ACCEPTED, ACTED_ON, NOTE, News, meaning_of
from voc.models import Insight, Tracker, TrackerDelivery, TrackerLink
from voc.selectors.talk import can_see
from voc.services.insights import NotAllowedNow, State, move
from voc.services.routing import log_step


@dataclass(frozen=True)
class MadeTracker:
    """A tracker with its secret, which is shown once."""

    tracker: Tracker
    secret: str


@transaction.atomic
def add_tracker(*, actor: User, name: str, address: str, states: dict[str, str]) -> MadeTracker:
    """A tracker, on at once; the secret is in the answer and, sealed, in the row."""
    _require_admin(actor)
    secret = new_webhook_secret()
    tracker = Tracker.objects.create(name=name, address=address, states=states, secret=seal(secret), made_by=actor)
    return MadeTracker(tracker, secret)


def edit_tracker(*, actor: User, tracker: Tracker, **fields: Any) -> None:
    """Name, address of an issue, what their states mean."""
    _require_admin(actor)
    Tracker.objects.filter(pk=tracker.pk).update(**fields)


def switch_tracker(*, actor: User, tracker: Tracker, is_on: bool) -> bool:
    """Off: what it sends is refused. True when that changed."""
    _require_admin(actor)
    return Tracker.objects.filter(pk=tracker.pk).exclude(is_active=is_on).update(is_active=is_on) == 1


def rotate_secret(*, actor: User, tracker: Tracker) -> MadeTracker:
    """A fresh secret; the former one opens nothing from now on."""
    _require_admin(actor)
    secret = new_webhook_secret()
    Tracker.objects.filter(pk=tracker.pk).update(secret=seal(secret))
    return MadeTracker(tracker, secret)


def secret_of(tracker: Tracker) -> str:
    """The secret in clear, to check a signature with. Raises voc.formulas.sealing.Unsealable."""
    return unseal(tracker.secret)


@transaction.atomic
def link_insight(*, actor: User, insight: Insight, tracker: Tracker, key: str, url: str = "") -> TrackerLink:
    """The issue there that stands for this insight. Idempotent. Raises NotAllowedNow for a tracker that is off."""
    if not can_see(actor, insight):
        raise PermissionDenied(_("You do not see this insight."))
    key = key.strip()[:120]
    if not tracker.is_active:
        raise NotAllowedNow(_("This tracker is off."))
    if not key:
        raise NotAllowedNow(_("Write the number of the issue."))
    where = url.strip() or address_of(tracker, key)
    known = TrackerLink.objects.filter(tracker=tracker, key=key).exclude(status="").order_by("-changed_at").first()
    link, is_new = TrackerLink.objects.get_or_create(
        tracker=tracker,
        key=key,
        insight=insight,
        defaults={
            "url": where[:500],
            "linked_by": actor,
            "status": known.status if known else "",
            "title": known.title if known else "",
            "changed_at": known.changed_at if known else None,
        },
    )
    if is_new:
        log_step(insight=insight, actor=actor, text=_("Linked to %(key)s at %(name)s") % _said(tracker, key))
    return link


@transaction.atomic
def unlink_insight(*, actor: User, link: TrackerLink) -> bool:
    """The issue no longer stands for the insight. True the first time."""
    insight = link.insight
    if insight is None or not can_see(actor, insight):
        raise PermissionDenied(_("You do not see this insight."))
    if TrackerLink.objects.filter(pk=link.pk).delete()[0] == 0:
        return False
    log_step(
        insight=insight, actor=actor, text=_("No longer linked to %(key)s at %(name)s") % _said(link.tracker, link.key)
    )
    return True


def address_of(tracker: Tracker, key: str) -> str:
    """Where an issue stands, by the tracker's pattern; "" without one. SECURITY: the key cannot leave its place."""
    return tracker.address.replace("{key}", quote(key, safe="-_.")) if tracker.address else ""


@transaction.atomic
def take_news(*, tracker: Tracker, delivery: str, news: News) -> str:
    """What became of a message: `taken`, `seen before`, `late` or `unknown` (nothing here is linked to the issue).

    Once per delivery (one_webhook_per_delivery), whoever repeats it; a link never goes back in the tracker's time.
    """
    row, is_new = TrackerDelivery.objects.get_or_create(tracker=tracker, delivery=delivery)
    if not is_new:
        return "seen before"
    links = list(
        TrackerLink.objects.select_for_update(of=("self",))
        .filter(tracker=tracker, key=news.key)
        .select_related("insight__department", "insight__owner", "initiative")
        .order_by("pk")
    )
    changed = [_take_one(tracker, link, news) for link in links]
    outcome = "unknown" if not links else "taken" if any(changed) else "late"
    TrackerDelivery.objects.filter(pk=row.pk).update(outcome=f"{outcome}: {news.key} {news.status}"[:200])
    return outcome


def _take_one(tracker: Tracker, link: TrackerLink, news: News) -> bool:
    newer = TrackerLink.objects.filter(Q(changed_at__isnull=True) | Q(changed_at__lt=news.changed_at), pk=link.pk)
    fresh = {"status": news.status, "changed_at": news.changed_at} | ({"title": news.title} if news.title else {})
    if newer.update(**fresh) != 1:
        return False
    if link.insight is not None and link.status.casefold() != news.status.casefold():
        rows = Insight.objects.select_for_update(of=("self",)).select_related("department", "owner")
        insight = rows.get(pk=link.insight.pk)
        _follow(tracker, insight, news)
    return True


def _follow(tracker: Tracker, insight: Insight, news: News) -> None:
    """The insight goes where the map says, as far as that needs no person: a promise, a reason and an answer to the
    customer are never made by a machine."""
    words = _("%(key)s at %(name)s: %(status)s") % {**_said(tracker, news.key), "status": news.status}
    meaning = meaning_of(tracker.states, news.status)
    if meaning == ACTED_ON and insight.state == State.ACCEPTED:
        action = news.title or words
        move(insight=insight, frm=[State.ACCEPTED], to=State.ACTED_ON, action=action[:300], acted_at=now())
    elif meaning == ACCEPTED and insight.state == State.ACTED_ON:
        move(insight=insight, frm=[State.ACTED_ON], to=State.ACCEPTED, acted_at=None)
    elif meaning == ACCEPTED and insight.state == State.NEW:
        move(insight=insight, frm=[State.NEW], to=State.TRIAGED)
    elif meaning != NOTE and insight.state in {State.NEW, State.TRIAGED, State.REOPENED}:
        words = _("%(words)s. Nobody has promised anything here yet.") % {"words": words}
    step = log_step(insight=insight, actor=None, text=words)
    owner = insight.owner
    if owner is None or not owner.is_active or insight.watches.filter(user=owner).exists():
        return
    notify(
        user=owner,
        kind="insight",
        text=_("“%(title)s”: %(words)s") % {"title": insight.title, "words": words},
        url=reverse("insight", args=[insight.pk]),
        dedupe_key=f"insight:{insight.pk}:step:{step.pk}",
    )


def purge_deliveries(*, before: dt.datetime, limit: int) -> int:
    """Drop what came before the moment; a repeat is refused by its age long before. Returns how many."""
    old = TrackerDelivery.objects.filter(received_at__lt=before).order_by("pk").values("pk")[:limit]
    return TrackerDelivery.objects.filter(pk__in=old).delete()[0]


def _said(tracker: Tracker, key: str) -> dict[str, str]:
    return {"name": tracker.name, "key": key}


def _require_admin(actor: User) -> None:
    if actor.role != Role.ADMIN:
        raise PermissionDenied(_("Only admins set up trackers."))
