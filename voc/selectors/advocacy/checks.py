"""Before anybody asks: what the customer says, what it does, what is open there, and what it answered before."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Avg, Count, Max, Q
from django.utils.translation import gettext as _

from accounts.models import Account, Contact, ContactSend, Fact, Ticket
from accounts.selectors.budget import AccountYear, check_contact, reason_words, year_of
from team.clock import now, today
from team.models import User
from ui.formats import day as day_words
from ui.formats import number
from voc.formulas.advocacy import Standing, Warn, warn
from voc.formulas.nps import Nps, nps_of
from voc.models import AdvocacyRequest, AdvocacyWork, Feedback, Insight, Response

SAY_DAYS = 180
SHOWN = 5
ANSWERS_READ = 100
# What is known of behaviour and of goals as facts; more of them appear when upper apps declare them.
DOES = ("goals_open", "goals_off_track", "goals_reached", "promises_late", "journey_late", "key_courses_completed")
LATE = "promises_late"


@dataclass(frozen=True)
class Say:
    """NPS of the people there (the newest answer of each), and how their words sounded in 180 days, with n and age."""

    nps: Nps
    last_score: int | None
    last_at: dt.datetime | None
    sentiment: float | None
    sentiment_n: int
    said_at: dt.datetime | None

    @property
    def is_silent(self) -> bool:
        """Nothing is known."""
        return self.last_score is None and not self.sentiment_n


@dataclass(frozen=True)
class Check:
    """What the form shows before somebody asks. `insights_count` counts those of other departments too."""

    account: Account
    say: Say
    does: list[tuple[str, str]]
    tickets: list[Ticket]
    ticket_count: int
    insights: list[Insight]
    insights_count: int
    requests: list[AdvocacyRequest]
    works: list[AdvocacyWork]
    year: AccountYear
    open_kinds: set[str]
    warnings: list[Warn]


def read_check(*, account: Account, user: User, contact: Contact | None = None) -> Check:
    """Everything about one account, as far as the user may see it; some fifteen queries, none per row.

    The caller has checked that the account is visible. `account.summary` should be joined.
    """
    moment, day = now(), today()
    say = read_say(account, user, moment)
    tickets = Ticket.objects.visible_to(user).filter(account=account).open()
    counted = tickets.order_by().aggregate(
        n=Count("pk"), urgent=Count("pk", filter=Q(priority=Ticket.Priority.P1) | Q(is_escalated=True))
    )
    open_insights = Insight.objects.filter(account=account, is_praise=False).open()
    late = open_insights.filter(promised_on__lt=day, state=Insight.State.ACCEPTED).count()
    seen = Insight.objects.visible_to(user).filter(pk__in=open_insights.values("pk")).select_related("department")
    requests = list(
        AdvocacyRequest.objects.filter(account=account)
        .select_related("contact", "asked_by")
        .order_by("-asked_on", "-pk")[:ANSWERS_READ]
    )
    year = year_of(account, at=moment)
    summary = account.summary
    insights_count = summary.open_insights
    does = _does(account, user)
    standing = Standing(
        last_score=say.last_score,
        said_days=(moment - say.last_at).days if say.last_at else None,
        sentiment=say.sentiment,
        sentiment_n=say.sentiment_n,
        health=None if summary.health is None else float(summary.health),
        band=summary.health_band,
        delta=None if summary.health_delta is None else float(summary.health_delta),
        tickets=counted["n"],
        urgent=counted["urgent"],
        insights=insights_count,
        late_promises=late + int(next((fact.number or 0 for fact in does if fact.definition.name == LATE), 0)),
        refused_days=_days_since([one.answered_on for one in requests if one.answer in AdvocacyRequest.REFUSALS], day),
        asked_days=_days_since([one.asked_on for one in requests], day),
        renews_in=(summary.renews_on - day).days if summary.renews_on else None,
        budget_left=year.left,
        contact_reason=_reason(contact, moment),
        has_left=account.status == Account.Status.CHURNED,
    )
    return Check(
        account=account,
        say=say,
        does=[(_(fact.definition.label), _value(fact)) for fact in does],
        tickets=list(tickets.order_by("priority", "opened_at")[:SHOWN]),
        ticket_count=counted["n"],
        insights=list(seen.order_by("priority", "id")[:SHOWN]),
        insights_count=insights_count,
        requests=requests[:SHOWN],
        works=list(AdvocacyWork.objects.filter(account=account).in_use(day).order_by("-published_on", "-pk")[:SHOWN]),
        year=year,
        open_kinds={one.kind for one in requests if not one.answer},
        warnings=warn(standing),
    )


def read_say(account: Account, user: User, moment: dt.datetime) -> Say:
    """What people there answered and wrote; two queries."""
    answers = list(
        Response.objects.visible_to(user)
        .counted()
        .filter(account=account, score__isnull=False, version__survey__kind="nps")
        .order_by("-submitted_at")
        .values_list("contact_id", "score", "submitted_at")[:ANSWERS_READ]
    )
    newest: dict[int | None, int] = {}
    for contact_id, score, _at in answers:
        if score is not None:
            newest.setdefault(contact_id, score)
    words = (
        Feedback.objects.visible_to(user)
        .filter(account=account, received_at__gt=moment - dt.timedelta(days=SAY_DAYS), sentiment__isnull=False)
        .aggregate(mean=Avg("sentiment"), n=Count("pk"), last=Max("received_at"))
    )
    return Say(
        nps=nps_of(newest.values()),
        last_score=answers[0][1] if answers else None,
        last_at=answers[0][2] if answers else None,
        sentiment=None if words["mean"] is None else float(words["mean"]),
        sentiment_n=words["n"],
        said_at=words["last"],
    )


def _does(account: Account, user: User) -> list[Fact]:
    """Facts about behaviour and goals, by their labels; one query."""
    rows = Fact.objects.visible_to(user).current().filter(account=account, definition__name__in=DOES)
    return list(rows.select_related("definition").order_by("definition__label"))


def _value(fact: Fact) -> str:
    if fact.definition.type == "boolean":
        return _("yes") if fact.number else _("no")
    if fact.number is not None:
        return number(fact.number)
    return day_words(fact.day) if fact.day else fact.text


def _days_since(days: list[dt.date | None], today_: dt.date) -> int | None:
    known = [day for day in days if day is not None]
    return (today_ - max(known)).days if known else None


def _reason(contact: Contact | None, moment: dt.datetime) -> str:
    """Why this person should not be written to now, in words; "" when nothing speaks against it."""
    if contact is None:
        return ""
    verdict = check_contact(contact=contact, kind=ContactSend.Kind.PERSONAL, at=moment)
    return reason_words(verdict.reason) if verdict.reason else ""
