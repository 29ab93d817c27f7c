"""What a customer reads of the own plan: plain values of what was shared, never rows of ours."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import Account, Contact
from accounts.models.accounts import AccountQuerySet
from lifecycle.formulas.plan_links import nonce_of, token_of
from lifecycle.models import Goal, Meeting, PlanComment, Promise, SharedPlan, Task
from lifecycle.selectors.goals import judge_goal, judge_promise
from team.clock import now, today
from ui.lists.spec import Text

MOST_COMMENTS = 100
MOST_ROWS = 100
DONE_FOR_DAYS = 60


@dataclass(frozen=True, slots=True)
class SharedGoal:
    """A goal as the customer sees it."""

    pk: int
    title: str
    metric: str
    unit: str
    baseline: Decimal | None
    target: Decimal | None
    current: Decimal | None
    share: int | None
    word: str
    due_on: dt.date | None
    agreed_on: dt.date | None
    our_owner: str
    their_owner: str
    signed_off_by: str
    signed_off_at: dt.datetime | None
    can_be_signed: bool


@dataclass(frozen=True, slots=True)
class SharedTask:
    pk: int
    title: str
    due_on: dt.date | None
    is_done: bool
    owner: str


@dataclass(frozen=True, slots=True)
class SharedPromise:
    words: str
    due_on: dt.date
    word: str
    label: Text
    owner: str


@dataclass(frozen=True, slots=True)
class SharedComment:
    author: str
    is_ours: bool
    text: str
    at: dt.datetime
    about: str


@dataclass(frozen=True, slots=True)
class PlanPage:
    """Everything on the shared page. SECURITY: a field that is not here cannot be shown to a customer."""

    account: str
    reader: str
    can_sign_off: bool
    expires_on: dt.date
    goals: tuple[SharedGoal, ...]
    tasks: tuple[SharedTask, ...]
    promises: tuple[SharedPromise, ...]
    comments: tuple[SharedComment, ...]
    next_meeting_at: dt.datetime | None


def plan_of(token: str) -> SharedPlan | None:
    """The plan behind an address, or None: unknown, revoked, over, its account gone, or its person gone or left."""
    nonce = nonce_of(token)
    if nonce is None:
        return None
    rows = SharedPlan.objects.live(today()).select_related("account", "account__csm", "contact", "created_by")
    plan = rows.filter(nonce=nonce).first()
    if plan is None or plan.account.deleted_at is not None:
        return None
    contact = plan.contact
    if contact is not None and (contact.deleted_at is not None or contact.status == Contact.Status.LEFT):
        return None
    return plan


def read_plan(plan: SharedPlan) -> PlanPage:
    """The page of one link; five queries."""
    account = plan.account
    goals = shared_goals(account, can_sign_off=plan.can_sign_off)
    tasks = shared_tasks(account)
    return PlanPage(
        account=account.name,
        reader=plan.contact.name if plan.contact else "",
        can_sign_off=plan.can_sign_off,
        expires_on=plan.expires_on,
        goals=goals,
        tasks=tasks,
        promises=shared_promises(account),
        comments=shared_comments(account),
        next_meeting_at=next_meeting_at(account),
    )


def shared_goals(account: Account, *, can_sign_off: bool) -> tuple[SharedGoal, ...]:
    """Goals marked as shared, open ones first."""
    day = today()
    rows = Goal.objects.shared().filter(account=account).select_related("owner", "customer_owner")
    lines = [judge_goal(goal, day) for goal in rows.order_by("closed_on", "due_on", "id")[:MOST_ROWS]]
    lines.sort(key=lambda line: line.goal.state != Goal.State.OPEN)
    return tuple(
        SharedGoal(
            pk=line.goal.pk,
            title=line.goal.title,
            metric=line.goal.metric,
            unit=line.goal.unit,
            baseline=line.goal.baseline,
            target=line.goal.target,
            current=line.goal.current,
            share=line.share,
            word=line.word,
            due_on=line.goal.due_on,
            agreed_on=line.goal.agreed_on,
            our_owner=line.goal.owner.name,
            their_owner=line.goal.customer_owner.name if line.goal.customer_owner else "",
            signed_off_by=line.goal.signed_off_by,
            signed_off_at=line.goal.signed_off_at,
            can_be_signed=can_sign_off
            and line.goal.signed_off_at is None
            and line.goal.state in {Goal.State.OPEN, Goal.State.REACHED},
        )
        for line in lines
    )


def shared_tasks(account: Account) -> tuple[SharedTask, ...]:
    """Tasks marked as shared: what is open, and what was done in the last 60 days."""
    edge = now() - dt.timedelta(days=DONE_FOR_DAYS)
    shared = Task.objects.filter(account=account, is_shared=True)
    rows = shared.filter(state=Task.State.OPEN) | shared.filter(state=Task.State.DONE, done_at__gte=edge)
    found = sorted(
        rows.select_related("owner").order_by("due_on", "id")[:MOST_ROWS],
        key=lambda task: (task.state == Task.State.DONE, task.due_on or dt.date.max),
    )
    return tuple(
        SharedTask(task.pk, task.title, task.due_on, task.state == Task.State.DONE, task.owner.name) for task in found
    )


def shared_promises(account: Account) -> tuple[SharedPromise, ...]:
    """Promises marked as shared, by day."""
    day = today()
    rows = Promise.objects.filter(account=account, is_shared=True).select_related("owner").order_by("due_on", "id")
    lines = [judge_promise(given, day) for given in rows[:MOST_ROWS]]
    return tuple(
        SharedPromise(line.promise.words, line.promise.due_on, line.word, line.label, line.promise.owner.name)
        for line in lines
    )


def shared_comments(account: Account) -> tuple[SharedComment, ...]:
    """What was written under the plan, the oldest of the newest hundred first."""
    rows = PlanComment.objects.shown().filter(account=account).select_related("goal", "task")
    newest = list(rows.order_by("-created_at", "-id")[:MOST_COMMENTS])[::-1]
    return tuple(
        SharedComment(one.author_name, one.author_id is not None, one.text, one.created_at, _about(one))
        for one in newest
    )


def _about(comment: PlanComment) -> str:
    """What a comment is about, where the customer may see that."""
    if comment.goal and comment.goal.is_shared and comment.goal.deleted_at is None:
        return comment.goal.title
    if comment.task and comment.task.is_shared and comment.task.deleted_at is None:
        return comment.task.title
    return ""


def next_meeting_at(account: Account) -> dt.datetime | None:
    """When both sides meet next: the first meeting to come that somebody of theirs attends. Its title is ours."""
    rows = Meeting.objects.filter(
        account=account, is_cancelled=False, is_private=False, starts_at__gte=now(), contacts__account=account
    )
    return rows.order_by("starts_at").values_list("starts_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class PlanLink:
    """One link for staff, with its whole address and whether it still leads somewhere."""

    plan: SharedPlan
    token: str
    is_live: bool


def links_of(account: Account, limit: int = 20) -> list[PlanLink]:
    """The links that were made for an account, newest first; one query. Addresses are for those who edit it."""
    day = today()
    rows = SharedPlan.objects.filter(account=account).select_related("contact", "created_by").order_by("-created_at")
    return [
        PlanLink(plan, token_of(plan.nonce), plan.revoked_at is None and plan.expires_on >= day)
        for plan in rows[:limit]
    ]


@dataclass(frozen=True, slots=True)
class CommentLine:
    """What somebody wrote under the plan, about a goal or (empty) the whole of it."""

    pk: int
    author_name: str
    is_ours: bool
    text: str
    created_at: dt.datetime
    goal: str


@dataclass(frozen=True, slots=True)
class SharedCard:
    """The Plan tab's card of what is shared: how many links live, when the customer last looked, what was written."""

    live_links: int
    last_read_at: dt.datetime | None
    comments: list[CommentLine]


def with_shared(accounts: AccountQuerySet) -> AccountQuerySet:
    """Each account brings what its `shared_card` says."""
    links = SharedPlan.objects.filter(account=OuterRef("pk")).order_by()
    live = links.live(today()).values("account").annotate(number=Count("pk"))
    newest = PlanComment.objects.shown().filter(account=OuterRef("pk")).order_by("-created_at", "-id")
    line = JSONObject(
        pk="pk",
        author_name="author_name",
        is_ours=Q(author__isnull=False),
        text="text",
        created_at="created_at",
        goal=Coalesce("goal__title", Value("")),
    )
    return accounts.annotate(
        live_links=Coalesce(Subquery(live.values("number")), 0),
        shared_read_at=Subquery(links.values("account").annotate(newest=Max("last_read_at")).values("newest")),
        shared_comments=ArraySubquery(newest.values(line=line)[:5]),
    )


def shared_card(account: Account) -> SharedCard:
    """Links and the last five comments of an account that was read `with_shared`; no query."""
    read: Any = account
    comments = [
        CommentLine(**{**line, "created_at": dt.datetime.fromisoformat(line["created_at"])})
        for line in read.shared_comments
    ]
    return SharedCard(read.live_links, read.shared_read_at, comments)
