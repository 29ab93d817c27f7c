"""What the desk sees to by itself: silence, references noted elsewhere, the rate of yes, works at risk."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Touchpoint
from lifecycle.models import Trigger
from lifecycle.services.triggers import TriggerRow, record_triggers
from team.clock import now, today
from voc.formulas.advocacy import Trend, judge_trend, quarter_of
from voc.models import AdvocacyRequest, Gathering
from voc.selectors.advocacy.rates import read_quarters
from voc.services.advocacy.answering import IN_A_ROW, RISK, push_advocacy_facts, record_answer, settle_overdue
from voc.services.advocacy.asking import SOURCE, WAIT_DAYS
from voc.services.advocacy.telling import marketing, members_of, tell
from voc.services.advocacy.works import warn_of_end, warn_of_risk
from voc.services.insights import Overtaken

Answer = AdvocacyRequest.Answer
WATERMARK = "reference"
BATCH = 1000
# Rows of a long import become visible late: so many ids below the last one are looked at again.
LATE_IDS = 5000
ANSWERS = {
    Touchpoint.Outcome.YES: Answer.YES,
    Touchpoint.Outcome.NO: Answer.NO,
    Touchpoint.Outcome.STALLED: Answer.STALLED,
    Touchpoint.Outcome.NO_ANSWER: Answer.NONE,
}
LOOKS_BACK = dt.timedelta(days=365)
RECENT_RISK = dt.timedelta(days=90)


def sweep_advocacy() -> None:
    """Everything in turn; safe to repeat and to miss."""
    adopt_references()
    take_over_outcomes()
    settle_overdue()
    warn_of_risk()
    warn_of_end()
    watch_rate()


@transaction.atomic
def adopt_references(*, limit: int = BATCH) -> int:
    """Reference requests that were logged, imported or came by the API stand at the desk too; returns how many.

    Goes on where it stopped (Gathering), so it reads new rows alone. Idempotent by the one-to-one on the touchpoint;
    a second open request of one account is left out by one_open_request_of_a_kind.
    """
    mark, _is_new = Gathering.objects.select_for_update().get_or_create(source=WATERMARK)
    touches = list(
        Touchpoint.objects.filter(pk__gt=max(0, mark.seen_id - LATE_IDS), kind=Touchpoint.Kind.REFERENCE)
        .filter(advocacy_request__isnull=True)
        .exclude(source=SOURCE)
        .exclude(outcome__in=[Touchpoint.Outcome.REACHED, Touchpoint.Outcome.VOICEMAIL])
        .prefetch_related("participants")
        .order_by("pk")[:limit]
    )
    made = AdvocacyRequest.objects.bulk_create([_adopted(touch) for touch in touches], ignore_conflicts=True)
    newest = Touchpoint.everything.order_by("-pk").values_list("pk", flat=True).first() or 0
    seen = touches[-1].pk if len(touches) == limit else newest
    Gathering.objects.filter(pk=mark.pk).update(seen_id=max(mark.seen_id, seen))
    if made:
        push_advocacy_facts(account_ids={touch.account_id for touch in touches})
    return len(made)


def _adopted(touch: Touchpoint) -> AdvocacyRequest:
    people = [seat.contact_id for seat in touch.participants.all()]
    day = timezone.localdate(touch.occurred_at)
    answer = ANSWERS.get(Touchpoint.Outcome(touch.outcome), "") if touch.outcome else ""
    return AdvocacyRequest(
        account_id=touch.account_id,
        contact_id=people[0] if people else None,
        kind=AdvocacyRequest.Kind.REFERENCE,
        purpose=touch.subject[:200],
        asked_on=day,
        answer_by=touch.due_on or day + dt.timedelta(days=WAIT_DAYS),
        answer=answer,
        answered_on=day if answer else None,
        touchpoint=touch,
        asked_by_id=touch.logged_by_id,
    )


def take_over_outcomes(*, limit: int = BATCH) -> int:
    """Open requests whose touchpoint says by now how it came out; returns how many."""
    told = AdvocacyRequest.objects.open().filter(touchpoint__outcome__in=list(ANSWERS))
    done = 0
    for request in told.select_related("account__csm", "touchpoint", "contact", "asked_by").order_by("pk")[:limit]:
        touch = request.touchpoint
        assert touch is not None
        try:
            record_answer(
                actor=None, request=request, answer=ANSWERS[Touchpoint.Outcome(touch.outcome)], reason=touch.body,
                answered_on=max(request.asked_on, min(today(), timezone.localdate(touch.occurred_at))), touch=touch,
            )  # fmt: skip
        except Overtaken:
            continue
        done += 1
    return done


def watch_rate() -> Trend:
    """Once a quarter: where fewer say yes than before, marketing hears it, and who refused again is a risk.

    The test is over whole quarters alone (see judge_trend). Idempotent: a notice and a trigger per quarter.
    """
    quarters = read_quarters(AdvocacyRequest.objects.filter(account__deleted_at__isnull=True), today=today())
    trend = judge_trend(quarters)
    if not trend.is_falling:
        return trend
    name = quarter_of(today()).isoformat()
    for person in members_of(marketing()):
        with override(person.language):
            text = trend.words
        tell([person], text=text, url=reverse("advocacy_rate"), key=f"advocacy:rate:{name}")
    record_triggers(
        rows=[
            TriggerRow(account_id, "risk_opened", f"risk:{RISK}:{name}", now(), {"risk": RISK, "refused": refused})
            for account_id, refused in _refusing()
        ]
    )
    return trend


def _refusing() -> list[tuple[int, int]]:
    """Accounts with two refusals or more in a year and no yes since, unless that risk was opened lately."""
    yes = AdvocacyRequest.objects.filter(account=OuterRef("account"), answer=Answer.YES).order_by("-answered_on")
    since_yes = Q(last_yes__isnull=True) | Q(answered_on__gt=F("last_yes"))
    rows = (
        AdvocacyRequest.objects.refused()
        .filter(answered_on__gt=today() - LOOKS_BACK, account__deleted_at__isnull=True)
        .annotate(last_yes=Subquery(yes.values("answered_on")[:1]))
        .filter(since_yes)
        .order_by()
        .values_list("account_id")
        .annotate(refused=Count("pk"))
        .filter(refused__gte=IN_A_ROW)
    )
    known = Trigger.objects.filter(
        kind="risk_opened", payload__risk=RISK, happened_at__gt=now() - RECENT_RISK
    ).values_list("account_id", flat=True)
    lately = set(known)
    return [(account_id, refused) for account_id, refused in rows if account_id not in lately]
