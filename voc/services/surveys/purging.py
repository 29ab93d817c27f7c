"""Surveys that were deleted over 30 days ago: those that asked nobody go, of the others the figures stay."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.services.removal import remove
from voc.models import Answer, Invitation, Response, ResultFile, SettledSheet, Survey, SurveyTrigger, Wave

# A survey may have very many answers; a transaction takes few of them.
ANSWERS_AT_ONCE = 20_000
# The draft of a survey of which nothing is left to empty.
EMPTIED = {"emptied": True}


def purge_surveys(*, before: dt.datetime, limit: int) -> int:
    """Surveys deleted before the moment; returns how many steps were made, 0 when nothing is left to do.

    A survey that asked nobody goes with its versions, waves, triggers and links. One that asked somebody stays as the
    frame of its figures: versions, invitations (the contact budget rests on them), scores and choices. What people
    wrote into it is emptied, and its draft, its files, and what would ask again go. Feedback that was made of answers
    is a department's by then; it goes with the person, see `voc.services.erasure`.
    """
    return _remove_unused(before, limit) or _empty_answered(before, limit)


@transaction.atomic
def _remove_unused(before: dt.datetime, limit: int) -> int:
    gone = Survey.everything.filter(deleted_at__lt=before)
    asked = Invitation.objects.filter(version__survey=OuterRef("pk"))
    answered = Response.objects.filter(version__survey=OuterRef("pk"))
    unused = gone.filter(~Exists(asked), ~Exists(answered)).order_by("deleted_at", "pk")
    ids = list(unused.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:limit])
    if ids:
        _drop_files(ids)
        remove(model=Survey, ids=ids)
    return len(ids)


@transaction.atomic
def _empty_answered(before: dt.datetime, limit: int) -> int:
    rows = Survey.everything.filter(~Q(draft=EMPTIED), deleted_at__lt=before).order_by("deleted_at", "pk")
    ids = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    # Their links were open until now; whoever answers later would write into what nobody reads.
    Invitation.objects.open().filter(version__survey__in=ids).update(state=Invitation.State.EXPIRED, remind_at=None)
    words = Answer.objects.filter(response__version__survey__in=ids).exclude(text="").order_by("pk").values("pk")
    emptied = Answer.objects.filter(pk__in=words[:ANSWERS_AT_ONCE]).update(text="")
    if emptied < ANSWERS_AT_ONCE:
        _drop_files(ids)
        SettledSheet.objects.filter(survey__in=ids).delete()
        SurveyTrigger.objects.filter(survey__in=ids, invitations__isnull=True).delete()
        unsent = Wave.objects.filter(survey__in=ids, state__in=[Wave.State.DRAFT, Wave.State.SCHEDULED])
        unsent.filter(invitations__isnull=True, rounds__isnull=True).delete()
        Survey.everything.filter(pk__in=ids).update(draft=EMPTIED)
    return len(ids)


def _drop_files(survey_ids: list[int]) -> None:
    for one in ResultFile.objects.filter(survey__in=survey_ids):
        if one.file:
            transaction.on_commit(lambda kept=one.file: kept.storage.delete(kept.name))  # type: ignore[misc]
    ResultFile.objects.filter(survey__in=survey_ids).delete()
