"""Routing: feedback becomes an insight that a department answers for, or joins the one that is open."""

import datetime as dt

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, AccountGrant
from accounts.services.changes import mark_changed
from accounts.services.summaries import set_summary
from lifecycle.selectors.plays.owners import stand_ins
from lifecycle.services.triggers import record_trigger
from team.clock import now, today
from team.models import Department, User
from team.services.chat import tell_room
from team.services.notices import notify
from voc.formulas.duplicates import fingerprint
from voc.formulas.masking import mask_with_spans
from voc.formulas.priority import title_of
from voc.models import Feedback, Insight, InsightFeedback, InsightStep, RoutingRule, Theme
from voc.selectors.agents import named_agent
from voc.selectors.clock import read_term
from voc.selectors.repeats import find_first
from voc.selectors.routing import PRAISE_FROM, fitting_rule, is_silent_praise
from voc.services.priorities import weigh_insights

GRANT_DAYS = 180
SOUR = -0.2


class Unroutable(ValueError):
    """The feedback cannot become an insight; the message says why, for people."""


@transaction.atomic
def route_feedback(*, feedback: Feedback) -> Insight | None:
    """Put the feedback where the rule for its strongest theme says; None leaves it in the inbox. Idempotent.

    Silent praise without a rule is handled: nobody has to look at it.
    """
    if feedback.account is None or feedback.quoted_in.exists():
        return None
    if feedback.fingerprint is None:
        feedback.fingerprint = fingerprint(feedback.text)
        Feedback.objects.filter(pk=feedback.pk).update(fingerprint=feedback.fingerprint)
    first = find_first(feedback)
    if first is not None:
        return repeat(feedback=feedback, first=first)
    tags = list(feedback.tags.select_related("theme").order_by("-is_by_person", "id"))
    rule, tag = fitting_rule(feedback, tags)
    if rule is not None:
        return place(
            feedback=feedback,
            department=rule.department,
            theme=tag.theme if tag else None,
            priority=rule.priority,
            sla_hours=rule.sla_hours,
            owner=thanked(feedback, rule) or owner_by(rule, feedback.account),
            start=tag.start or 0 if tag else 0,
            rule=rule,
        )
    if is_silent_praise(feedback):
        Feedback.objects.filter(pk=feedback.pk).update(is_handled=True)
    return None


def thanked(feedback: Feedback, rule: RoutingRule) -> User | None:
    """Praise is for the colleague whom it names, or who answered the ticket; None for everything else."""
    return named_agent(feedback, rule.department) if is_praise(feedback) else None


def owner_by(rule: RoutingRule, account: Account) -> User | None:
    """Who answers by the rule: the CSM, one person, or the member whose turn it is; the deputy of whoever is away."""
    chosen: int | None = None
    if rule.assign == RoutingRule.Assign.CSM:
        chosen = account.csm_id
    elif rule.assign == RoutingRule.Assign.PERSON:
        chosen = rule.person_id
    elif rule.assign == RoutingRule.Assign.IN_TURN:
        chosen = next_in_turn(rule.department_id)
    if chosen is None:
        return None
    return User.objects.filter(pk=stand_ins().get(chosen, chosen), is_active=True).first()


def next_in_turn(department_id: int) -> int | None:
    """The active member who was given an insight of the department longest ago, or never; those away come last."""
    last = Insight.objects.filter(owner=OuterRef("pk"), department=department_id).order_by("-created_at", "-pk")
    members = User.objects.filter(memberships__department=department_id, is_active=True)
    ranked = members.annotate(last_at=Subquery(last.values("created_at")[:1]))
    ids = list(ranked.order_by(F("last_at").asc(nulls_first=True), "pk").values_list("pk", flat=True))
    away = stand_ins()
    return next((pk for pk in ids if pk not in away), ids[0] if ids else None)


@transaction.atomic
def place(
    *,
    feedback: Feedback,
    department: Department,
    theme: Theme | None,
    priority: int = 3,
    sla_hours: int | None = None,
    owner: User | None = None,
    start: int = 0,
    actor: User | None = None,
    rule: RoutingRule | None = None,
) -> Insight:
    """Put feedback into a department's queue: it joins the account's open insight on the theme, or makes one.

    Idempotent: what is in a queue stays there. Relies on one_open_insight_per_account_and_theme and
    one_insight_per_feedback. `actor` is who did it by hand, `rule` what did it otherwise. Raises Unroutable for
    feedback without an account.
    """
    if feedback.account is None:
        raise Unroutable(_("It belongs to no account."))
    # Without the key: what only refers to the account is checked at another's commit, who may hold the feedback.
    account = Account.everything.select_for_update(of=("self",), no_key=True).get(pk=feedback.account.pk)
    if placed := Insight.objects.filter(quotes__feedback=feedback).first():
        return placed
    insight = None
    if theme is not None:
        insight = Insight.objects.open().filter(account=account, theme=theme, department=department).first()
    if insight is None:
        term = read_term(department=department, start=now(), hours=sla_hours)
        insight = Insight.objects.create(
            account=account,
            theme=theme,
            department=department,
            owner=owner,
            title=title_for(feedback, start) or (theme.name if theme else _("Feedback")),
            is_praise=is_praise(feedback),
            rule=rule,
            priority=priority,
            base_priority=priority,
            due_at=term.due_at,
            warn_at=term.warn_at,
        )
        log_step(
            insight=insight, actor=actor, text=_("Came in by %(source)s") % {"source": feedback.get_source_display()}
        )
        grant(insight=insight)
        tell_department(insight=insight)
        quote(insight=insight, feedback=feedback)
    else:
        mention(insight=insight, feedback=feedback, actor=actor)
    for twin in feedback.duplicates.filter(quoted_in__isnull=True):
        mention(insight=insight, feedback=twin, actor=actor)
    if weigh_insights(insight_ids=[insight.pk]):
        insight.refresh_from_db(fields=["priority", "priority_reasons"])
    count_open(account_id=account.pk)
    record_trigger(
        account=account,
        kind="insight",
        key=f"feedback:{feedback.pk}",
        payload={"insight": insight.pk, "department": department.slug, "theme": theme.slug if theme else ""},
    )
    return insight


def title_for(feedback: Feedback, start: int) -> str:
    """The sentence in which the evidence begins. SECURITY: titles are read by departments, so without personal data."""
    text, places = mask_with_spans(feedback.text, [(start, start)])
    return title_of(text, start=places[0][0])


@transaction.atomic
def repeat(*, feedback: Feedback, first: Feedback) -> Insight | None:
    """The piece says again what `first` said: a mention of the insight that this is in, never an insight of its own.

    Idempotent; None while `first` is in no queue: both go together when somebody sends it to one.
    """
    Feedback.objects.filter(pk=feedback.pk).update(duplicate_of=first)
    insight = Insight.objects.select_for_update(of=("self",)).filter(quotes__feedback=first).first()
    if insight is not None and not feedback.quoted_in.exists():
        mention(insight=insight, feedback=feedback, actor=None)
        weigh_insights(insight_ids=[insight.pk])
    return insight


def quote(*, insight: Insight, feedback: Feedback) -> None:
    """The insight rests on the piece; relies on one_insight_per_feedback."""
    InsightFeedback.objects.create(insight=insight, feedback=feedback)
    Feedback.objects.filter(pk=feedback.pk).update(is_handled=True)


def mention(*, insight: Insight, feedback: Feedback, actor: User | None) -> None:
    """The piece joins an insight that is there."""
    mine = Insight.objects.filter(pk=insight.pk)
    mine.update(mentions=F("mentions") + 1, version=F("version") + 1)
    log_step(insight=insight, actor=actor, text=_("Said again"))
    quote(insight=insight, feedback=feedback)
    if mine.filter(snoozed_at_mentions__lt=F("mentions")).update(snoozed_until=None, snoozed_at_mentions=None):
        log_step(insight=insight, actor=None, text=_("Back in triage: it has grown"))


def is_praise(feedback: Feedback) -> bool:
    """A high score without sour words."""
    sour = feedback.sentiment is not None and float(feedback.sentiment) < SOUR
    return feedback.score is not None and feedback.score >= PRAISE_FROM and not sour


def log_step(*, insight: Insight, actor: User | None, text: str, contact_id: int | None = None) -> InsightStep:
    """One line in the decision log; whoever watches the insight, but for the actor, hears of it."""
    step = InsightStep.objects.create(
        insight=insight, state=insight.state, actor=actor, contact_id=contact_id, text=text[:500]
    )
    watchers = User.objects.filter(pk__in=insight.watches.values("user"), is_active=True)
    for watcher in watchers.exclude(pk=actor.pk if actor else 0):
        # SECURITY: who lost sight of it since hears nothing more.
        if not Insight.objects.visible_to(watcher).filter(pk=insight.pk).exists():
            continue
        notify(
            user=watcher,
            kind="insight",
            text=_("“%(title)s”: %(words)s") % {"title": insight.title, "words": text},
            url=reverse("insight", args=[insight.pk]),
            dedupe_key=f"insight:{insight.pk}:step:{step.pk}",
        )
    return step


def grant(*, insight: Insight, account_id: int | None = None) -> None:
    """The department may see the account while it answers for the insight; this row also says why. `account_id` is
    another account whose words the insight took in."""
    AccountGrant.objects.get_or_create(
        account_id=account_id or insight.account_id,
        department_id=insight.department_id,
        source_ref=f"insight:{insight.pk}",
        defaults={"reason": insight.title[:200], "until": today() + dt.timedelta(days=GRANT_DAYS)},
    )


def tell_department(*, insight: Insight, text: str = "") -> int:
    """A line in the inbox of every member of the department; returns how many are new."""
    members = User.objects.filter(memberships__department=insight.department_id, is_active=True)
    words = text or _("New insight: %(title)s") % {"title": insight.title}
    key = f"insight:{insight.pk}:{insight.state}:{insight.level}"
    url = reverse("insight", args=[insight.pk])
    tell_room(department_id=insight.department_id, text=words, url=url, dedupe_key=key)
    return sum(notify(user=member, kind="insight", text=words, url=url, dedupe_key=key) for member in members)


def count_open(*, account_id: int) -> None:
    """Bring the account's number of open insights up to date and have its score look again."""
    number = Insight.objects.open().filter(account=account_id, is_praise=False).count()
    set_summary(account_ids_and_columns={account_id: {"open_insights": number}})
    mark_changed(account_ids=[account_id], reason="insight")
