"""The settled part of a large survey, kept as columns, so that a page reads a file instead of every response.

What is settled: confirmed over a day ago (an answer may be changed for a day). A page joins it with what is younger,
read as it is now. Whether the kept part still equals the responses is asked of the responses themselves, by their
number, the sum of their row versions (xmin) and scores: whatever was added, changed or taken away shows.
"""

import datetime as dt
import hashlib
import io
import json
import zlib
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from django.db import connection
from django.db.models import Q

from team.clock import now
from voc.formulas.definitions import Question
from voc.formulas.results.sheet import COLUMNS, DIMENSIONS, Codes, Sheet
from voc.models import Response, SettledSheet, Survey
from voc.selectors.results.loading import Questionnaire, joined, load_answers, load_rows, questionnaire_of, sheet_from
from voc.selectors.results.scope import Scope

SETTLED_AFTER = dt.timedelta(hours=25)
State = Response.State
LARGE = 3_000  # from here on the settled part is kept
# Is the kept part still what the responses say?
STAMP = """
SELECT count(*),
    coalesce(sum(response.xmin::text::bigint + response.id * 7919 + coalesce(response.score, -1) * 104729), 0)
FROM voc_response response
JOIN voc_surveyversion version ON version.id = response.version_id
LEFT JOIN accounts_account account ON account.id = response.account_id
WHERE version.survey_id = %s AND response.state = 'confirmed' AND response.submitted_at < %s
  AND account.deleted_at IS NULL
"""


def read_sheet(scope: Scope, asked: Questionnaire) -> Sheet:
    """Every response in the scope as columns: the kept part and the younger rest, or all as it is now. Exact."""
    if scope.sees_all:
        kept = SettledSheet.objects.filter(survey=scope.survey).first()
        if kept is not None and kept.shape == shape_of(asked.questions) and is_exact(kept):
            rest = Q(state=State.PARTIAL) | Q(state=State.CONFIRMED, submitted_at__gte=kept.until)
            rest_of_answers = Q(response__state=State.PARTIAL) | Q(
                response__state=State.CONFIRMED, response__submitted_at__gte=kept.until
            )
            young = sheet_from(load_rows(scope, rest), load_answers(scope, rest_of_answers), asked.questions)
            return joined(unpack(bytes(kept.content), asked.questions), young)
    return sheet_from(load_rows(scope), load_answers(scope), asked.questions)


def is_exact(kept: SettledSheet) -> bool:
    """Whether nothing settled was added, changed or taken away since; one query over one index."""
    return stamp_of(kept.survey_id, kept.until) == (kept.rows, kept.stamp)


def stamp_of(survey_id: int, until: dt.datetime) -> tuple[int, Decimal]:
    """Number and row versions of the settled responses."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP, [survey_id, until])
        number, total = cursor.fetchone()
    return number, Decimal(total)


def settled_sheet(survey: Survey, scope: Scope, until: dt.datetime) -> Sheet:
    """The settled part as it is now."""
    only = Q(state=Response.State.CONFIRMED, submitted_at__lt=until)
    of_answers = Q(response__state=Response.State.CONFIRMED, response__submitted_at__lt=until)
    asked = questionnaire_of(survey)
    return sheet_from(load_rows(scope, only), load_answers(scope, of_answers), asked.questions)


def settled_until() -> dt.datetime:
    """Answers from before this moment are not changed any more."""
    return now() - SETTLED_AFTER


def shape_of(questions: Sequence[Question]) -> str:
    """Which columns a kept part has."""
    words = json.dumps([question.to_json() for question in questions], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def pack(sheet: Sheet) -> bytes:
    """The columns as bytes: numpy's own format, compressed. Numbers alone; labels as JSON."""
    columns = {f"c.{name}": getattr(sheet, name) for name in COLUMNS}
    columns |= {f"d.{name}": one.codes for name, one in sheet.dimensions.items()}
    columns |= {f"a.{name}": column for name, column in sheet.answers.items()}
    columns |= {f"s.{name}": column for name, column in sheet.seen.items()}
    labels = json.dumps({name: one.labels for name, one in sheet.dimensions.items()})
    columns["labels"] = np.frombuffer(labels.encode(), dtype=np.uint8)
    found = io.BytesIO()
    np.savez(found, **columns)
    return zlib.compress(found.getvalue(), 1)


def unpack(content: bytes, questions: Sequence[Question]) -> Sheet:
    """The columns behind the bytes. SECURITY: nothing is ever unpickled."""
    with np.load(io.BytesIO(zlib.decompress(content)), allow_pickle=False) as found:
        labels = json.loads(found["labels"].tobytes().decode())
        return Sheet(
            **{name: found[f"c.{name}"] for name in COLUMNS},
            dimensions={name: Codes(found[f"d.{name}"], tuple(labels[name])) for name in DIMENSIONS},
            answers={question.id: found[f"a.{question.id}"] for question in questions},
            seen={question.id: found[f"s.{question.id}"] for question in questions},
        )
