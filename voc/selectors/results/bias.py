"""Who answered against who was asked: whether the figure speaks for everybody."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from voc.formulas.comparisons import EVIDENCE, compare_shares, holm
from voc.formulas.intervals import Interval, share_interval
from voc.formulas.masking_groups import hidden_groups
from voc.formulas.results.sizes import SIZES
from voc.models import Invitation
from voc.selectors.results.overview import NOT_ASKED, Reading, invitation_condition

State = Invitation.State
SIDES = ("persona", "segment", "size")


@dataclass(frozen=True)
class Side:
    """One group: how many were asked, how many of them answered, against the rest. `is_clear` after Holm."""

    kind: str
    key: str
    asked: int
    answered: Interval
    rest: Interval
    p: float
    is_clear: bool

    @property
    def is_louder(self) -> bool:
        """Whether it answers more than the others."""
        return (self.answered.value or 0) > (self.rest.value or 0)


def read_bias(reading: Reading) -> list[Side]:
    """Response rates by persona, segment and size; one query. Small groups stay unseen as everywhere."""
    if reading.is_refused or reading.scope.survey.is_anonymous:
        return []  # of an anonymous survey nobody knows who answered
    rows: QuerySet[Invitation] = Invitation.objects.filter(
        reading.scope.condition(), invitation_condition(reading.filters), version__survey=reading.scope.survey
    )
    rows = rows.exclude(state__in=NOT_ASKED).exclude(state=State.QUEUED, message_ref="")
    seats = "account__summary__seats"
    size = Case(
        When(**{f"{seats}__gte": 250}, then=Value(SIZES[2])),
        When(**{f"{seats}__gte": 50}, then=Value(SIZES[1])),
        When(**{f"{seats}__gte": 1}, then=Value(SIZES[0])),
        default=Value(""),
    )
    found = (
        rows.order_by()
        .annotate(persona=F("contact__persona"), segment=Coalesce("account__segment__name", Value("")), size=size)
        .values_list("persona", "segment", "size")
        .annotate(asked=Count("pk"), answered=Count("pk", filter=Q(state=State.ANSWERED)))
    )
    tallied: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    total = [0, 0]
    for *words, asked, answered in found:
        for kind, word in zip(SIDES, words, strict=True):
            tallied[kind, word or ""][0] += asked
            tallied[kind, word or ""][1] += answered
        total = [total[0] + asked, total[1] + answered]
    unseen = set()
    for kind in SIDES:
        sizes = {key: answered for key, (_asked, answered) in tallied.items() if key[0] == kind}
        unseen |= hidden_groups(sizes, least=reading.least)
    return _judged({key: counts for key, counts in tallied.items() if key not in unseen}, total)


def _judged(tallied: dict[tuple[str, str], list[int]], total: list[int]) -> list[Side]:
    found = []
    for (kind, key), (asked, answered) in sorted(tallied.items()):
        rest_asked, rest_answered = total[0] - asked, total[1] - answered
        test = compare_shares((rest_answered, answered), (rest_asked, asked))
        p = test.p if test.p is not None else 1.0
        found.append((kind, key, asked, answered, rest_asked, rest_answered, p))
    ps = holm([row[-1] for row in found])
    return [
        Side(
            kind,
            key,
            asked,
            share_interval(answered, asked),
            share_interval(rest_answered, rest_asked),
            p,
            p < EVIDENCE,
        )
        for (kind, key, asked, answered, rest_asked, rest_answered, _p), p in zip(found, ps, strict=True)
    ]
