"""Results as files: small ones at once, large ones by a worker. The row is the job, the queue carries its id."""

import datetime as dt
import logging
import re
from urllib.parse import parse_qs

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from team.models import User
from voc.formulas.results.query import read_query
from voc.models import Response, ResultFile, Survey
from voc.selectors.results import Scope, read_survey, scope_of
from voc.services.results.printing import CannotBePrinted
from voc.services.results.writing import Told, write_file

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=120)
MOST_ATTEMPTS = 3
LARGE = 10_000
SHOWN = 3
LOST = gettext_lazy("It could not be made, three times. The log of the worker says why.")


def is_large(scope: Scope) -> bool:
    """Whether a file has more rows than a request should write; one query."""
    rows = Response.objects.filter(scope.condition(), version__survey=scope.survey).order_by()
    return len(rows.values_list("pk")[: LARGE + 1]) > LARGE


def make_now(*, reader: User, survey: Survey, kind: str, query: str) -> bytes:
    """The file itself, for a survey that is not large. Raises CannotBePrinted where PDFs cannot be drawn."""
    reading = read_survey(scope_of(reader, survey), read_query(survey.pk, parse_qs(query)).filters)
    return write_file(reading, kind)


@transaction.atomic
def ask_for_file(*, actor: User, survey: Survey, kind: str, query: str) -> ResultFile:
    """Queue a file; whoever presses twice joins the first (one_open_file_per_question)."""
    query = read_query(survey.pk, parse_qs(query)).string()[:500]
    found, _is_new = ResultFile.objects.open().get_or_create(
        survey=survey, kind=kind, query=query, asked_by=actor, defaults={"state": ResultFile.State.WAITING}
    )
    return found


def newest_files(*, reader: User, survey: Survey) -> list[ResultFile]:
    """The reader's newest files of a survey."""
    return list(ResultFile.objects.visible_to(reader).filter(survey=survey).order_by("-created_at")[:SHOWN])


def files_to_make(*, moment: dt.datetime) -> list[int]:
    """Open ones that nobody is at, oldest first."""
    return list(ResultFile.objects.waiting(moment).order_by("pk").values_list("pk", flat=True)[:50])


def make_result_file(*, file_id: int) -> bool:
    """Make one file; False when it is gone, done or in other hands. Safe to run twice: the lease is claimed first."""
    moment = timezone.now()
    lease = moment + LEASE
    claimed = ResultFile.objects.waiting(moment).filter(pk=file_id)
    if claimed.update(state=ResultFile.State.WORKING, lease_until=lease, done=0) != 1:
        return False
    job = ResultFile.objects.select_related("survey", "asked_by").get(pk=file_id)
    job.attempts += 1
    job.save(update_fields=["attempts"])
    mine = ResultFile.objects.filter(pk=file_id, state=ResultFile.State.WORKING, attempts=job.attempts)
    if job.attempts > MOST_ATTEMPTS:
        return _fail(mine, str(LOST))
    with override(job.asked_by.language):
        try:
            return _finish(job, mine)
        except CannotBePrinted as problem:
            return _fail(mine, str(problem))
        except LostLease:
            logger.info("result file %s went into other hands", file_id)
            return False


class LostLease(Exception):
    """Another worker has taken over, or the job is gone."""


def _finish(job: ResultFile, mine: QuerySet[ResultFile]) -> bool:
    # SECURITY: read as the person who asked, with what they may see now.
    reading = read_survey(scope_of(job.asked_by, job.survey), read_query(job.survey_id, parse_qs(job.query)).filters)

    def tell(done: int, total: int) -> None:
        if mine.update(done=done, total=total, lease_until=timezone.now() + LEASE) != 1:
            raise LostLease

    content = write_file(reading, job.kind, tell=Told(tell))
    job.file.save(file_name(job.survey, job.kind), ContentFile(content), save=False)
    changed = mine.update(
        state=ResultFile.State.DONE, file=job.file.name, lease_until=None, error="", finished_at=timezone.now()
    )
    if changed != 1:
        job.file.storage.delete(str(job.file.name))
    return changed == 1


def _fail(mine: QuerySet[ResultFile], words: str) -> bool:
    mine.update(state=ResultFile.State.FAILED, error=words[:300], lease_until=None, finished_at=timezone.now())
    return False


def file_name(survey: Survey, kind: str) -> str:
    """What the file is called."""
    stem = re.sub(r"[^\w.]+", "-", survey.name[:80]).strip("-.") or "results"
    return f"{stem}-{timezone.localdate().isoformat()}.{kind}"


def purge_result_files(*, before: dt.datetime, limit: int) -> int:
    """Files from before the moment, with what they hold."""
    old = list(
        ResultFile.objects.exclude(state__in=ResultFile.OPEN).filter(created_at__lt=before).order_by("pk")[:limit]
    )
    for one in old:
        if one.file:
            one.file.delete(save=False)
    ResultFile.objects.filter(pk__in=[one.pk for one in old]).delete()
    return len(old)
