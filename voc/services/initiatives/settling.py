"""It shipped: the insights that asked for it are acted on, and everybody who asked gets a draft."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Contact
from team.clock import now, today
from voc.formulas.definitions import DJANGO_LANGUAGES, known_language
from voc.formulas.masking import mask_personal
from voc.models import Initiative, InitiativeInsight, InitiativeTelling, Insight, InsightFeedback, Verification
from voc.services.insights import State, move
from voc.services.loop import has_open_twin
from voc.services.routing import count_open, log_step

# So many at once in a request; a worker goes on with the rest.
AT_ONCE = 50
SLICE = 500
# Who asks for something that shipped longer ago hears of it like anybody else.
DRAFTED_DAYS = 120
ACTABLE = (State.NEW, State.TRIAGED, State.REOPENED, State.ACCEPTED, State.DECLINED)


def settle_shipped(*, initiative: Initiative, limit: int = SLICE) -> int:
    """Let insights know that it shipped, and draft what is missing; returns how much was done. Safe to repeat."""
    return settle_asks(initiative=initiative, limit=limit) + draft_tellings(initiative=initiative, limit=limit)


def settle_waiting(*, limit: int = SLICE) -> int:
    """The same for everything that shipped lately: the sweep behind the bell."""
    since = today() - dt.timedelta(days=DRAFTED_DAYS)
    rows = Initiative.objects.filter(state=Initiative.State.SHIPPED, shipped_on__gte=since).order_by(
        "-shipped_on", "pk"
    )
    return sum(
        settle_shipped(initiative=initiative, limit=limit) for initiative in rows.select_related("owner", "department")
    )


@transaction.atomic
def settle_asks(*, initiative: Initiative, limit: int) -> int:
    """Insights that wait for it are acted on; what was promised, decided or closed before keeps its words."""
    rows = InitiativeInsight.objects.filter(initiative=initiative, settled_at=None)
    asks = list(rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:limit])
    held = effective(asks)
    for ask in asks:
        insight = held.get(ask.insight_id)
        if insight is not None:
            act(insight, initiative)
    InitiativeInsight.objects.filter(pk__in=[ask.pk for ask in asks]).update(settled_at=now())
    return len(asks)


def effective(asks: list[InitiativeInsight]) -> dict[int, Insight]:
    """{asking insight: itself, or the one that it was merged into}; locked."""
    going = dict(
        Insight.objects.filter(pk__in=[ask.insight_id for ask in asks]).values_list(
            "pk", Coalesce("merged_into_id", "pk")
        )
    )
    found = Insight.objects.select_for_update(of=("self",)).select_related("account", "theme").order_by("pk")
    rows = {row.pk: row for row in found.filter(pk__in=set(going.values()))}
    return {pk: rows[into] for pk, into in going.items() if into in rows}


def act(insight: Insight, initiative: Initiative) -> bool:
    """The insight is acted on by what shipped. False where that says nothing new."""
    if insight.state not in ACTABLE or (insight.state == State.DECLINED and has_open_twin(insight)):
        return False
    fields: dict[str, Any] = {"action": words_of(initiative), "acted_at": now(), "waiting_since": None}
    fields |= {"snoozed_until": None, "snoozed_at_mentions": None, "owner": insight.owner or initiative.owner}
    if insight.decided_at is None:
        fields["decided_at"] = now()
    if not (insight.promise and insight.promised_on):
        fields |= {"promise": initiative.title, "promised_on": initiative.shipped_on}
    move(insight=insight, frm=[insight.state], to=State.ACTED_ON, **fields)
    log_step(insight=insight, actor=initiative.owner, text=insight.action)
    count_open(account_id=insight.account_id)
    return True


def unsettle(*, initiative: Initiative) -> int:
    """The way back of shipping: what was acted on by it is a promise again."""
    asks = list(InitiativeInsight.objects.filter(initiative=initiative, settled_at__isnull=False))
    words, number = words_of(initiative), 0
    for insight in effective(asks).values():
        if insight.state == State.ACTED_ON and insight.action == words:
            move(insight=insight, frm=[State.ACTED_ON], to=State.ACCEPTED, action="", acted_at=None)
            text = _("“%(title)s” has not shipped after all") % {"title": initiative.title}
            log_step(insight=insight, actor=initiative.owner, text=text)
            number += 1
    InitiativeInsight.objects.filter(pk__in=[ask.pk for ask in asks]).update(settled_at=None)
    return number


def words_of(initiative: Initiative) -> str:
    """What the insights say was done."""
    return (_("Shipped: %(title)s") % {"title": initiative.title})[:300]


def draft_tellings(*, initiative: Initiative, limit: int) -> int:
    """A draft for each person who asked and has none: their newest sentence, what was done, in their language; who
    cannot be told is left out with the reason. Relies on `told_once_per_person`; returns how many were made."""
    texts = did_texts(initiative)
    made = [
        _draft(initiative, texts, quote.feedback.contact, quote.insight, quote.feedback.text)
        for quote in _quotes(initiative)[:limit]
        if quote.feedback.contact is not None
    ]
    known = {telling.contact_id for telling in made}
    votes = initiative.voters.filter(contact__isnull=False, contact__deleted_at=None).exclude(contact__in=known)
    votes = votes.exclude(contact__tellings__initiative=initiative).select_related("contact")
    for vote in votes.order_by("pk")[: max(0, limit - len(made))]:
        assert vote.contact is not None
        made.append(_draft(initiative, texts, vote.contact, None, vote.words))
    _leave_out_told(initiative, made)
    InitiativeTelling.objects.bulk_create(made, ignore_conflicts=True, batch_size=1_000)
    return len(made)


def _quotes(initiative: Initiative) -> QuerySet[InsightFeedback]:
    """The newest quote of each person who asked and has no draft."""
    asking = Insight.objects.filter(ask__initiative=initiative).values(into=Coalesce("merged_into_id", "pk"))
    told = InitiativeTelling.objects.filter(initiative=initiative, contact=OuterRef("feedback__contact"))
    return (
        InsightFeedback.objects.filter(~Exists(told), insight__in=asking, insight__account__deleted_at=None)
        .filter(feedback__contact__isnull=False, feedback__contact__deleted_at=None)
        .select_related("feedback__contact", "insight")
        .order_by("feedback__contact", "-feedback__received_at", "-pk")
        .distinct("feedback__contact")
    )


def _draft(
    initiative: Initiative, texts: Mapping[str, str], contact: Contact, insight: Insight | None, quote: str
) -> InitiativeTelling:
    text = write_draft(initiative=initiative, texts=texts, contact=contact, quote="" if insight else quote)
    reason = why_not(contact, insight)
    state = InitiativeTelling.State.LEFT_OUT if reason else InitiativeTelling.State.DRAFT
    return InitiativeTelling(
        initiative=initiative, insight=insight, contact=contact, quote=quote, text=text, state=state, reason=reason
    )


def _leave_out_told(initiative: Initiative, made: list[InitiativeTelling]) -> None:
    """Who heard of it by hand since it shipped is not told twice."""
    asked = Verification.objects.filter(
        created_at__date__gte=initiative.shipped_on, contact__in=[one.contact_id for one in made]
    )
    heard = set(asked.values_list("contact_id", "insight_id"))
    for telling in made:
        if (telling.contact_id, telling.insight_id) in heard and not telling.reason:
            telling.state, telling.reason = InitiativeTelling.State.LEFT_OUT, _("Was told by hand")


def why_not(contact: Contact, insight: Insight | None) -> str:
    """Why this person cannot or need not be told; empty when they can."""
    if contact.status == Contact.Status.LEFT:
        return _("Has left")
    if contact.status == Contact.Status.BOUNCED:
        return _("Mail bounces")
    if not contact.email:
        return _("No mail address")
    if insight is not None and insight.state == State.VERIFIED:
        return _("Said already that it is solved")
    return ""


def did_texts(initiative: Initiative) -> dict[str, str]:
    """What customers read about it, by language."""
    return dict(initiative.texts.values_list("language", "did"))


def write_draft(*, initiative: Initiative, texts: Mapping[str, str], contact: Contact, quote: str = "") -> str:
    """What one person reads: in their language where somebody wrote it in that, else in the first one that there is.

    `quote`: their own sentence, for mail that does not carry it anyway. SECURITY: nobody else's words or names.
    """
    language = known_language(contact.language)
    did = texts.get(language) or texts.get("en") or next(iter(texts.values()), "") or initiative.title
    with override(DJANGO_LANGUAGES[language]):
        parts = [_("Dear %(name)s,") % {"name": contact.name}]
        parts.append(_("Thank you for telling us. This is what became of it."))
        if quote:
            parts.append(_("You told us: “%(quote)s”") % {"quote": mask_personal(quote)})
        parts.append(_("What we did: %(action)s") % {"action": did})
        if not quote:
            parts.append(_("If this does not solve it, say so with one tap below: it comes straight back to us."))
        parts.append(initiative.owner.name if initiative.owner else initiative.department.name)
    return "\n\n".join(parts)


def rewrite_drafts(*, initiative: Initiative, before: Mapping[str, str]) -> int:
    """Drafts that nobody edited follow the new words; returns how many."""
    after, changed = did_texts(initiative), []
    rows = initiative.tellings.filter(state=InitiativeTelling.State.DRAFT).select_related("contact").order_by("pk")
    for telling in rows.select_for_update(of=("self",)):
        quote = "" if telling.insight_id else telling.quote
        former, new = (
            write_draft(initiative=initiative, texts=texts, contact=telling.contact, quote=quote)
            for texts in (before, after)
        )
        if telling.text == former != new:
            telling.text = new
            changed.append(telling)
    InitiativeTelling.objects.bulk_update(changed, ["text"], batch_size=500)
    return len(changed)
