"""What a survey brought: headline, rates, who said what."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Account
from team.models import User
from voc.formulas.nps import Nps, nps_interval, nps_of
from voc.models import Feedback, Invitation, Response, Survey

COMMENTS = 50
State = Invitation.State


@dataclass(frozen=True)
class Results:
    """Everything on a survey's page. Only confirmed answers count; `provisional` and `machine` stand apart."""

    nps: Nps
    asked: int
    planned: int
    answered: int
    suppressed: list[tuple[str, int]]
    partial: int
    provisional: int
    machine: int
    by_segment: list[tuple[str, Nps]]
    by_score: list[tuple[int, int]]
    comments: list[Feedback]

    @property
    def rate(self) -> float | None:
        """Share of those asked who answered."""
        return self.answered / self.asked if self.asked else None

    @property
    def waiting(self) -> int:
        """Asked, and not answered yet."""
        return self.asked - self.answered


def surveys_with_counts(user: User) -> QuerySet[Survey]:
    """Surveys with how many visible people were asked, answered, and were not asked; one query."""
    visible = Account.objects.visible_to(user)
    invitations = Invitation.objects.filter(version__survey=OuterRef("pk"), account__in=visible).order_by()

    def count_of(condition: Q) -> Coalesce:
        rows = invitations.filter(condition).values("version__survey").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(rows), 0)

    return Survey.objects.select_related("owner").annotate(
        asked=count_of(~Q(state__in=[State.SUPPRESSED, State.RECALLED])),
        answered=count_of(Q(state=State.ANSWERED)),
        not_asked=count_of(Q(state=State.SUPPRESSED)),
    )


def read_results(*, survey: Survey, user: User) -> Results:
    """One survey as the user may see it: only accounts that are visible. Six queries, whatever its size."""
    invitations = Invitation.objects.visible_to(user).filter(version__survey=survey)
    responses = Response.objects.visible_to(user).filter(version__survey=survey)
    states = dict(responses.order_by().values_list("state").annotate(n=Count("pk")))
    is_planned = Q(state=State.QUEUED, message_ref="")
    counts = invitations.exclude(state__in=[State.SUPPRESSED, State.RECALLED]).aggregate(
        planned=Count("pk", filter=is_planned),
        asked=Count("pk", filter=~is_planned),
        answered=Count("pk", filter=Q(state=State.ANSWERED)),
    )
    asked = counts["asked"]
    scored = responses.counted().filter(score__isnull=False).order_by()
    scores = dict(scored.values_list("score").annotate(n=Count("pk")))
    segments: dict[str, list[int]] = {}
    for name, score in scored.values_list("account__segment__name", "score"):
        segments.setdefault(name or "", []).append(int(score or 0))
    reasons = invitations.filter(state=State.SUPPRESSED).order_by().values_list("reason").annotate(n=Count("pk"))
    is_nps = survey.kind == Survey.Kind.NPS
    comments = (
        Feedback.objects.visible_to(user)
        .filter(response__version__survey=survey)
        .select_related("account", "contact", "response")
        .prefetch_related("tags__theme", "quoted_in__insight")
        .order_by("-received_at", "-id")
    )
    return Results(
        nps=nps_from(scores, asked=asked) if is_nps else nps_of([]),
        asked=asked,
        planned=counts["planned"],
        answered=counts["answered"],
        suppressed=Counter(dict(reasons)).most_common(),
        partial=states.get(Response.State.PARTIAL, 0),
        provisional=states.get(Response.State.PROVISIONAL, 0),
        machine=states.get(Response.State.MACHINE, 0),
        by_segment=sorted((name, nps_of(found)) for name, found in segments.items()) if is_nps else [],
        by_score=[(number, scores.get(number, 0)) for number in range(11)],
        comments=list(comments[:COMMENTS]),
    )


def nps_from(scores: dict[int | None, int], *, asked: int) -> Nps:
    """NPS of counted answers ({score: how many}) among those asked."""
    known = {score: number for score, number in scores.items() if score is not None}
    promoters = sum(number for score, number in known.items() if score >= 9)
    detractors = sum(number for score, number in known.items() if score <= 6)
    return nps_interval(
        promoters=promoters,
        passives=sum(known.values()) - promoters - detractors,
        detractors=detractors,
        asked=max(asked, sum(known.values())),
    )
