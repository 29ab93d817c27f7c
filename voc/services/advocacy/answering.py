"""What customers answer, and what follows from it: timeline, facts, score, a trigger for those who refuse again."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Count, DateField, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Touchpoint
from accounts.services.facts import FactRow, declare_fact, push_facts
from accounts.services.touchpoints import delete_touchpoint, edit_touchpoint, log_touchpoint, mark_got
from lifecycle.services.triggers import record_trigger
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action
from voc.models import AdvocacyRequest
from voc.services.advocacy.asking import SOURCE, WAIT_DAYS, moment_of, require_desk
from voc.services.advocacy.telling import tell
from voc.services.insights import NotAllowedNow, Overtaken

Answer = AdvocacyRequest.Answer
# So long after the day of the answer a silent request is over.
GRACE_DAYS = 14
REFUSALS_FACT, YES_FACT = "advocacy_refusals", "advocacy_yes"
RISK = "reference_refused"
# So many refusals in a row are a risk.
IN_A_ROW = 2
MOODS = {Answer.YES: Touchpoint.Valence.POSITIVE, Answer.NO: Touchpoint.Valence.NEGATIVE}


@transaction.atomic
def record_answer(
    *,
    actor: User | None,
    request: AdvocacyRequest,
    answer: str,
    reason: str = "",
    answered_on: dt.date | None = None,
    touch: Touchpoint | None = None,
) -> ActionLog | None:
    """Write what they said. An open request takes any answer; one that stalled, or was given up, a clear one later.

    Compare-and-set on the version: of two people at once one is told. `touch` is a touchpoint that said it already.

    Raises:
        PermissionDenied: when the actor may not ask this account.
        NotAllowedNow: for a day before the question or after today, or the answer that is there already.
        Overtaken: when somebody else answered meanwhile.
    """
    if actor is not None:
        require_desk(actor, request.account)
    answer, answered_on = Answer(answer), answered_on or today()
    if not request.asked_on <= answered_on <= today():
        raise NotAllowedNow(_("The answer came between the question and today."))
    if request.answer == answer:
        raise NotAllowedNow(_("That is the answer already."))
    if request.answer not in AdvocacyRequest.UNCLEAR:
        raise NotAllowedNow(_("They have given a clear answer."))
    before = _as_it_was(request)
    mine = AdvocacyRequest.objects.answerable().filter(pk=request.pk, version=request.version)
    fields = {"answer": answer, "reason": reason.strip()[:300], "answered_on": answered_on}
    if mine.update(**fields, version=F("version") + 1) != 1:
        raise Overtaken(_("Somebody else answered meanwhile. Look again."))
    ask_touch = request.touchpoint
    for name, value in {**fields, "version": request.version + 1}.items():
        setattr(request, name, value)
    said = touch or _log_answer(request, actor, ask_touch)
    if said is not None and said.pk != request.touchpoint_id:
        AdvocacyRequest.objects.filter(pk=request.pk).update(touchpoint=said)
        request.touchpoint = said
    push_advocacy_facts(account_ids=[request.account_id])
    _raise_refusal(request)
    what = {"name": request.account.name, "what": request.get_kind_display(), "answer": request.get_answer_display()}
    url = reverse("advocacy_request", args=[request.pk])
    text = _("%(name)s on “%(what)s”: %(answer)s") % what
    people = [request.asked_by, request.account.csm]
    tell(people, text=text, url=url, key=f"advocacy:{request.pk}:{answer}", but=actor)
    if actor is None:
        return None
    arguments = {"request_id": request.pk, "version": request.version, "before": before}
    return log_action(actor=actor, verb=text, service="voc.undo_answer", arguments=arguments, url=url)


def _as_it_was(request: AdvocacyRequest) -> dict[str, object]:
    day = request.answered_on.isoformat() if request.answered_on else None
    return {
        "answer": request.answer, "reason": request.reason, "answered_on": day, "touchpoint": request.touchpoint_id,
    }  # fmt: skip


def _log_answer(request: AdvocacyRequest, actor: User | None, ask: Touchpoint | None) -> Touchpoint | None:
    """The answer as a touch of its own day: what was known on a past day stays true. Silence is no touch.

    A yes gave what was asked for, so that the question counts as engagement.
    """
    if request.answer == Answer.NONE:
        if ask is not None and not ask.outcome:
            edit_touchpoint(actor=None, touchpoint=ask, outcome=Touchpoint.Outcome.NO_ANSWER)
        return None
    if ask is not None and request.answer == Answer.YES:
        mark_got(actor=None, touchpoint=ask)
    came = Touchpoint.Direction.IN if request.answer == Answer.STALLED else Touchpoint.Direction.TWO_WAY
    touch = log_touchpoint(
        actor=None,
        account=request.account,
        kind=Touchpoint.Kind.REFERENCE,
        subject=_("Answer: %(what)s") % {"what": request.get_kind_display()},
        body=request.reason,
        direction=came,
        outcome=request.answer,
        valence=MOODS.get(Answer(request.answer), Touchpoint.Valence.NEUTRAL),
        contacts=[request.contact] if request.contact else [],
        occurred_at=moment_of(request.answered_on or today()),
        source=SOURCE,
        external_id=f"answer:{request.pk}:{request.version}",
    )
    Touchpoint.objects.filter(pk=touch.pk).update(logged_by=actor)
    return touch


@transaction.atomic
def undo_answer(*, actor: User, request_id: int, version: int, before: dict[str, Any]) -> None:
    """The way back of an answer, unless it was answered anew since."""
    request = AdvocacyRequest.objects.select_for_update(of=("self",)).filter(pk=request_id, version=version).first()
    if request is None:
        raise CannotUndo(_("It was changed again since."))
    require_desk(actor, request.account)
    said = request.touchpoint
    if said is not None and said.pk != before["touchpoint"]:
        delete_touchpoint(actor=None, touchpoint=said)
    former = Touchpoint.objects.filter(pk=before["touchpoint"]).first()
    if former is not None:
        outcome = former.outcome if former.outcome != Touchpoint.Outcome.NO_ANSWER else ""
        Touchpoint.objects.filter(pk=former.pk).update(got_it_at=None, outcome=outcome)
    AdvocacyRequest.objects.filter(pk=request.pk).update(
        answer=before["answer"], reason=before["reason"], answered_on=before["answered_on"], touchpoint=former,
        version=F("version") + 1,
    )  # fmt: skip
    push_advocacy_facts(account_ids=[request.account_id])


def push_advocacy_facts(*, account_ids: Collection[int]) -> int:
    """How often they said yes, and how often they refused or let it lie since; rules and scores read it."""
    declare_fact(owner="voc", name=YES_FACT, label="Spoke for us", description="Requests that were answered with yes.")
    declare_fact(
        owner="voc",
        name=REFUSALS_FACT,
        label="Refused in a row",
        description="Requests that were refused or stalled since the last yes.",
    )
    moment = now()
    rows = [
        FactRow(account_id, name, value, moment)
        for account_id, yes, refused in _standing(account_ids)
        for name, value in ((YES_FACT, yes), (REFUSALS_FACT, refused))
    ]
    return push_facts(owner="voc", rows=rows)


def _standing(account_ids: Collection[int]) -> list[tuple[int, int, int]]:
    """(account, yes, refusals since the last yes); one query, accounts without a request are there with zeros."""
    yes = AdvocacyRequest.objects.filter(account=OuterRef("account"), answer=Answer.YES).order_by("-answered_on")
    last = Coalesce(Subquery(yes.values("answered_on")[:1]), dt.date(1900, 1, 1), output_field=DateField())
    refused = Q(answer__in=AdvocacyRequest.REFUSALS, answered_on__gt=F("last_yes"))
    rows = (
        AdvocacyRequest.objects.filter(account__in=account_ids)
        .annotate(last_yes=last)
        .order_by()
        .values_list("account_id")
        .annotate(yes=Count("pk", filter=Q(answer=Answer.YES)), refused=Count("pk", filter=refused))
    )
    found = {account_id: (yes_, refused_) for account_id, yes_, refused_ in rows}
    return [(pk, *found.get(pk, (0, 0))) for pk in sorted(set(account_ids))]


def _raise_refusal(request: AdvocacyRequest) -> None:
    """An account that refuses again and again does not love us, whatever its scores say."""
    if request.answer not in AdvocacyRequest.REFUSALS:
        return
    ((_account, _yes, refused),) = _standing([request.account_id])
    if refused >= IN_A_ROW:
        record_trigger(
            account=request.account,
            kind="risk_opened",
            key=f"risk:{RISK}:{request.pk}",
            payload={"risk": RISK, "refused": refused},
        )


def settle_overdue(*, limit: int = 500) -> int:
    """Requests that nobody answered two weeks after their day are over: "no answer". Returns how many. Idempotent."""
    due_by = today() - dt.timedelta(days=GRACE_DAYS)
    asked_by = due_by - dt.timedelta(days=WAIT_DAYS)
    late = AdvocacyRequest.objects.open().filter(Q(answer_by__lt=due_by) | Q(answer_by=None, asked_on__lt=asked_by))
    done = 0
    for request in late.select_related("account__csm", "touchpoint", "contact", "asked_by").order_by("pk")[:limit]:
        try:
            record_answer(actor=None, request=request, answer=Answer.NONE)
        except Overtaken:
            continue
        done += 1
    return done
