"""Feedback: taking it in, and that somebody has looked."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Contact
from accounts.services.changes import mark_changed
from team.models import User
from voc.formulas.definitions import SCALES
from voc.formulas.duplicates import fingerprint
from voc.formulas.ratings import OWN, as_given, on_ten
from voc.models import Feedback, FeedbackStep, Response


@transaction.atomic
def take_feedback(
    *,
    account: Account | None,
    contact: Contact | None,
    text: str,
    source: str,
    received_at: dt.datetime,
    score: int | None = None,
    scale: tuple[int, int] | None = None,
    response: Response | None = None,
    language: str = "",
    author: str = "",
    url: str = "",
    source_system: str = "manual",
    external_id: str | None = None,
) -> Feedback:
    """Store one piece of voice in the caller's transaction; a task and a sweep understand and route it later.

    Idempotent per external id and per response: the same piece with new words is read again. `score` is of `scale`
    (lowest, highest; else that of the response's survey, else 0 to 10). `language` is what the person set, a hint for
    short texts. Without an account only managers and marketing read it, until somebody says whose it is.
    """
    key: dict[str, object]
    if response is not None:
        key = {"response": response}
    elif external_id is not None:
        key = {"source_system": source_system, "external_id": external_id}
    else:
        key = {}
    known = Feedback.objects.select_for_update(of=("self",)).filter(**key).first() if key else None
    given = {"text": text, **score_fields(score, scale or scale_of(response)), "fingerprint": fingerprint(text)}
    if known is not None:
        if (known.text, known.score) != (given["text"], given["score"]):
            for name, value in given.items():
                setattr(known, name, value)
            known.understood_at = None
            known.save(update_fields=[*given, "understood_at"])
        return known
    if account is not None:
        mark_changed(account_ids=[account.pk], reason="feedback")
    return Feedback.objects.create(
        **given,
        account=account,
        contact=contact,
        response=response,
        source=source,
        source_system="survey" if response is not None else source_system,
        external_id=f"response:{response.pk}" if response is not None else external_id,
        author=author[:160],
        url=url,
        language=language,
        stage=getattr(getattr(account, "summary", None), "stage", ""),
        persona=contact.persona if contact is not None else "",
        received_at=received_at,
    )


def scale_of(response: Response | None) -> tuple[int, int]:
    """Lowest and highest number of the survey's headline question."""
    numbers = SCALES.get(response.version.survey.kind) if response is not None else None
    return (numbers[0], numbers[-1]) if numbers else OWN


def score_fields(score: int | None, scale: tuple[int, int] = OWN) -> dict[str, Any]:
    """The two columns of a score: on 0 to 10, and as it was given. Raises ValueError beyond the scale."""
    if score is None:
        return {"score": None, "score_given": ""}
    return {"score": on_ten(score, scale), "score_given": as_given(score, scale)}


@transaction.atomic
def set_handled(*, feedback: Feedback, is_handled: bool, actor: User | None = None) -> bool:
    """A person has looked: it needs no insight. True when that changed; what is in a queue stays handled."""
    return bool(handle_many(feedback_ids=[feedback.pk], is_handled=is_handled, actor=actor))


@transaction.atomic
def handle_many(*, feedback_ids: Sequence[int], is_handled: bool, actor: User | None) -> list[int]:
    """Mark pieces as looked at, or put them back; returns the ids of those where that changed. Idempotent."""
    rows = Feedback.objects.filter(pk__in=feedback_ids).exclude(is_handled=is_handled)
    if not is_handled:
        rows = rows.filter(quoted_in__isnull=True)
    changed = sorted(rows.values_list("pk", flat=True))
    by = {"handled_by": actor if is_handled else None, "handled_at": timezone.now() if is_handled else None}
    Feedback.objects.filter(pk__in=changed).update(is_handled=is_handled, **by)
    kind = FeedbackStep.Kind.HANDLED if is_handled else FeedbackStep.Kind.REOPENED
    FeedbackStep.objects.bulk_create(FeedbackStep(feedback_id=pk, kind=kind, actor=actor) for pk in changed)
    return changed
