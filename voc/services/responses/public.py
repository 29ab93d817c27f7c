"""Answers through a link that is nobody's own: a page, a widget, a kiosk."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import TruncHour
from django.utils import timezone

from team.clock import now
from team.services.limits import take_try
from voc.models import Feedback, Response, SurveyLink, SurveyVersion
from voc.selectors.definitions import definition_of
from voc.services.responses.following import take_snapshot
from voc.services.responses.taking import EDITABLE_FOR, Taken, write
from voc.services.responses.writing import Answers, State, Submit, to_the_hour


@transaction.atomic
def take_public(
    *,
    link: SurveyLink,
    version: SurveyVersion,
    visit: str,
    answers: Answers,
    language: str,
    asked: Iterable[str],
    seconds: float = 0.0,
    is_draft: bool = False,
) -> Taken:
    """Store one screen of one visit (`visit` is the digest of its token), all or nothing; one response per visit.

    `full` when the link had its answers of this hour, `gone` when the visit is over. Answers that look like a machine's
    are never given to this: they leave no row.
    SECURITY: without an account nothing is kept that could name a person: no contact, address, agent or cookie, the
    hour alone of the time; once the response is whole the visit is forgotten.
    """
    response = Response.objects.select_for_update(of=("self",)).filter(session_digest=visit, link=link).first()
    if response is None:
        if not take_try(what="survey visit", who=visit, limit=1, per=_until_a_full_hour()):
            rows = Response.objects.select_for_update(of=("self",))
            response = rows.filter(session_digest=visit, link=link).first()
            if response is None:
                return Taken("gone")
        elif not take_try(what="survey link", who=link.key, limit=link.per_hour, per=dt.timedelta(hours=1)):
            transaction.set_rollback(True)  # the visit may come again later
            return Taken("full")
    if response is None:
        response = _blank(link, version, visit)
    submit = Submit(answers=answers, asked=tuple(asked), language=language, seconds=seconds, is_draft=is_draft)
    return write(response, definition_of(response.version), submit, invitation=None)


def _blank(link: SurveyLink, version: SurveyVersion, visit: str) -> Response:
    account = link.account
    blank = Response(link=link, version=version, session_digest=visit, source=link.kind, state=State.PARTIAL)
    if account is None:
        blank.started_at = to_the_hour(timezone.now())
        return blank
    blank.account, blank.started_at = account, timezone.now()
    take_snapshot(blank, account)
    return blank


def _until_a_full_hour() -> dt.timedelta:
    """SECURITY: a day and a bit, so that the row of a visit does not tell its minute."""
    moment = timezone.now()
    return to_the_hour(moment) + dt.timedelta(hours=26) - moment


@transaction.atomic
def blot_visits() -> int:
    """Forget the visits that nobody can go on with any more, and the minute at which an anonymous word was read.

    Returns how many visits. Idempotent.
    """
    nobody = Q(account=None, contact=None)
    words = Feedback.objects.filter(nobody, response__isnull=False, understood_at__isnull=False)
    words.exclude(understood_at=TruncHour("understood_at")).update(understood_at=TruncHour("understood_at"))
    left = Response.objects.filter(session_digest__isnull=False, started_at__lt=timezone.now() - EDITABLE_FOR)
    return left.filter(Q(submitted_at=None) | Q(submitted_at__lt=now() - EDITABLE_FOR)).update(session_digest=None)
