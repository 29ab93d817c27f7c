"""Surveys as the list shows them, and the line above it: what the relationship surveys say together."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Least

from accounts.models import Account
from team.clock import now
from team.models import User
from voc.formulas.intervals import Interval, share_interval
from voc.formulas.measures import SCALES, Measured, measure
from voc.models import Invitation, Response, Survey

State = Invitation.State
YEAR_DAYS = 365


@dataclass(frozen=True)
class Strip:
    """The year so far in three figures: NPS of the last answer of each person, response rate, accounts that spoke."""

    nps: Measured
    rate: Interval
    spoke: Interval


def surveys_with_counts(user: User) -> QuerySet[Survey]:
    """Surveys with how many visible people were asked, answered, and were not asked; one query."""
    mine = Q(account__in=Account.objects.visible_to(user)) | Q(version__survey__is_anonymous=True)
    invitations = Invitation.objects.filter(mine, version__survey=OuterRef("pk")).order_by()

    def count_of(condition: Q) -> Coalesce:
        rows = invitations.filter(condition).values("version__survey").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(rows), 0)

    # No invitation of an anonymous survey knows of its answer, and its figures belong to no book.
    confirmed = Response.objects.counted().filter(version__survey=OuterRef("pk")).order_by()
    nameless = confirmed.values("version__survey").annotate(n=Count("pk")).values("n")
    return Survey.objects.select_related("owner").annotate(
        asked=count_of(~Q(state__in=[State.SUPPRESSED, State.RECALLED])),
        answered=Case(
            When(is_anonymous=True, then=Least(Coalesce(Subquery(nameless), 0), F("asked"))),
            default=count_of(Q(state=State.ANSWERED)),
        ),
        not_asked=count_of(Q(state=State.SUPPRESSED)),
    )


def read_strip(user: User) -> Strip:
    """Over the visible accounts and 365 days; four queries. Without anonymous surveys and those about a case."""
    since = now() - dt.timedelta(days=YEAR_DAYS)
    accounts = Account.objects.visible_to(user)
    relationship = Q(
        version__survey__kind=Survey.Kind.NPS,
        version__survey__is_transactional=False,
        version__survey__is_anonymous=False,
    )
    answers = Response.objects.counted().filter(relationship, score__isnull=False, submitted_at__gte=since)
    if not user.sees_everything:
        answers = answers.filter(account__in=accounts)
    newest = answers.order_by("contact_id", "-submitted_at", "-pk").distinct("contact_id").values("pk")
    counts = dict(Response.objects.filter(pk__in=newest).order_by().values_list("score").annotate(n=Count("pk")))
    asked = Invitation.objects.filter(created_at__gte=since, version__survey__is_anonymous=False).exclude(
        state__in=[State.SUPPRESSED, State.RECALLED]
    )
    spoke = Response.objects.counted().filter(submitted_at__gte=since, account__isnull=False)
    if not user.sees_everything:
        asked, spoke = asked.filter(account__in=accounts), spoke.filter(account__in=accounts)
    tallied = asked.aggregate(asked=Count("pk"), answered=Count("pk", filter=Q(state=State.ANSWERED)))
    number = spoke.aggregate(n=Count("account", distinct=True))["n"]
    known = accounts.count()
    return Strip(
        nps=measure(SCALES["nps"], {int(score or 0): n for score, n in counts.items()}),
        rate=share_interval(tallied["answered"], tallied["asked"]),
        spoke=share_interval(min(number, known), known),
    )
