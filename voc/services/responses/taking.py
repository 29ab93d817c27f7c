"""Answers to a personal invitation."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.utils import timezone

from team.clock import now
from voc.formulas.definitions import Definition
from voc.formulas.humans import state_for
from voc.models import Invitation, Response
from voc.selectors.definitions import definition_of
from voc.services.responses.following import take_snapshot
from voc.services.responses.writing import (
    Answers,
    State,
    Submit,
    Whole,
    merged,
    moment_of,
    page_seconds,
    store_first,
    stored_answers,
    to_the_hour,
    write_answers,
)

EDITABLE_FOR = dt.timedelta(hours=24)
# What a further submit changes; a worker may set the mark of what was followed up at the same moment.
WRITTEN = (
    *("doubts", "state", "score", "language", "seen", "is_complete", "seconds", "submitted_at", "session_digest"),
)


@dataclass(frozen=True)
class Taken:
    """What became of one submit. `outcome`: stored, same (nothing new), doubted (to be asked again), closed (too late
    to change), gone (the link is over), full (the link had enough for this hour). `has_news`: `follow_up`
    has something to do."""

    outcome: str
    response: Response | None = None
    has_news: bool = False


def is_over(invitation: Invitation) -> bool:
    """The link leads nowhere any more: expired, recalled or declined, and never answered."""
    if invitation.state == Invitation.State.ANSWERED:
        return False
    open_states = {Invitation.State.QUEUED, Invitation.State.SENT}
    return invitation.state not in open_states or invitation.expires_at <= now()


def is_editable(response: Response) -> bool:
    """A confirmed answer can be changed for a day."""
    return response.submitted_at is None or now() - response.submitted_at <= EDITABLE_FOR


def take_answers(
    *,
    invitation: Invitation,
    answers: Answers,
    doubts: Iterable[str] = (),
    language: str,
    asked: Iterable[str] | None = None,
    seconds: float = 0.0,
    source: str = "link",
    visit: str | None = None,
) -> Taken:
    """Store what somebody answered to one invitation: response, answers, snapshot, and the mark that `follow_up` is to
    make feedback, facts and triggers of it.

    All or nothing. The invitation is locked, so of many submits at once one makes the response and the others find it
    (a OneToOne holds that too). `asked` are the questions of the form (default: those answered); what was answered
    before stays. With the headline answered the response is confirmed and counts, whether more is asked or not.
    Editable for 24 hours. Under doubts nothing that was said is kept: a response says that something was sent.
    `visit` is the digest that holds an anonymous answer together until it is whole.
    """
    submit = Submit(
        answers=answers,
        asked=tuple(answers if asked is None else asked),
        language=language,
        doubts=list(doubts),
        seconds=seconds,
    )
    return _take(invitation, submit, source=source, visit=visit)


def take_partial(
    *,
    invitation: Invitation,
    answers: Answers,
    language: str,
    asked: Iterable[str],
    seconds: float = 0.0,
    visit: str | None = None,
) -> Taken:
    """Keep what stands in a form that was not sent off: something is missing, or an order is being made. It never makes
    an answer count, and never changes the number that counts."""
    submit = Submit(answers=answers, asked=tuple(asked), language=language, seconds=seconds, is_draft=True)
    return _take(invitation, submit, source="link", visit=visit)


@transaction.atomic
def _take(invitation: Invitation, submit: Submit, *, source: str, visit: str | None) -> Taken:
    _lock(invitation)
    is_anonymous = invitation.version.survey.is_anonymous
    response = (
        _known_response("session_digest", visit) if is_anonymous else _known_response("invitation_id", invitation.pk)
    )
    if response is None and is_over(invitation):
        return Taken("gone")
    if response is None and invitation.state == Invitation.State.ANSWERED:
        return Taken("closed")  # anonymous, and whole: nobody can tell any more which answer it was
    if submit.doubts:
        return _doubt(invitation, response, submit, source=source, is_anonymous=is_anonymous)
    if response is None:
        response = blank_response(invitation, source=source, visit=visit, is_anonymous=is_anonymous)
    return write(response, definition_of(invitation.version), submit, invitation=invitation)


def _lock(invitation: Invitation) -> None:
    """The row alone is locked and read again; what it points to was read by the caller and does not change the outcome.

    By hand, as the next one: nearly every submit is a person's first, and pays for each query that is compiled.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, expires_at FROM voc_invitation WHERE id = %s FOR UPDATE", [invitation.pk])
        row = cursor.fetchone()
    if row is None:
        raise Invitation.DoesNotExist
    invitation.state, invitation.expires_at = row


def _known_response(column: str, value: int | str | None) -> Response | None:
    """What was answered before, if anything was. SECURITY: the column is a name of ours."""
    if value is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM voc_response WHERE {column} = %s", [value])  # noqa: S608 see above
        row = cursor.fetchone()
    return None if row is None else Response.objects.get(pk=row[0])


def blank_response(invitation: Invitation, *, source: str, visit: str | None, is_anonymous: bool) -> Response:
    """A response that knows who, when and in which state of the account; an anonymous one knows nothing of it."""
    blank = Response(version=invitation.version, source=source, state=State.PARTIAL)
    blank.started_at = timezone.now()
    if is_anonymous:
        blank.session_digest = visit
        blank.started_at = to_the_hour(blank.started_at)
        return blank
    account = invitation.account
    blank.invitation, blank.account, blank.contact = invitation, account, invitation.contact
    take_snapshot(blank, account)
    blank.persona = invitation.contact.persona
    return blank


def _doubt(
    invitation: Invitation, response: Response | None, submit: Submit, *, source: str, is_anonymous: bool
) -> Taken:
    """Note that something was sent that no person may have sent. What a person said before stays as it is."""
    if is_anonymous or (response is not None and response.state in {State.PARTIAL, State.CONFIRMED}):
        return Taken("doubted", response)
    if response is None:
        response = blank_response(invitation, source=source, visit=None, is_anonymous=False)
    response.state, response.doubts = State(state_for(submit.doubts)), submit.doubts
    response.language, response.submitted_at = submit.language, response.submitted_at or now()
    response.save()
    return Taken("doubted", response)


def write(response: Response, definition: Definition, submit: Submit, *, invitation: Invitation | None) -> Taken:
    """Write one submit into a response, new or known, and mark it to be followed up once it counts.

    The caller holds the lock.
    """
    is_new = response.pk is None
    is_known_to_count = response.state == State.CONFIRMED
    known = {} if is_new else stored_answers(response)
    headline = definition.headline
    if is_known_to_count and submit.is_draft and headline is not None and headline.id in known:
        # What counts is changed by Send alone.
        submit = replace(submit, answers={**submit.answers, headline.id: known[headline.id]})
    whole = merged(definition, known, submit, response.seen)
    if is_known_to_count:
        is_further = whole.is_complete and not response.is_complete
        if whole.answers == known and whole.seen == response.seen and not is_further:
            return Taken("same", response)
        if not is_editable(response):
            return Taken("closed", response)
    is_confirmed = is_known_to_count or (not submit.is_draft and counts(definition, whole))
    is_anonymous = response.account_id is None
    response.doubts = []
    response.state = State.CONFIRMED if is_confirmed else State.PARTIAL
    response.score, response.language = whole.score, submit.language
    response.seen, response.is_complete = whole.seen, response.is_complete or whole.is_complete
    response.seconds = (response.seconds or 0) + page_seconds(submit)
    response.submitted_at = response.submitted_at if is_known_to_count else None
    if is_confirmed and response.submitted_at is None:
        response.submitted_at = moment_of(is_anonymous=is_anonymous)
    if is_anonymous and is_confirmed and response.is_complete:
        response.session_digest = None
    is_changed = is_new or whole.answers != known
    has_news = is_confirmed and (is_changed or not is_known_to_count)
    if has_news:
        response.is_followed_up = False
    is_answer = is_confirmed and invitation is not None and invitation.state != Invitation.State.ANSWERED
    answered = invitation.pk if is_answer and invitation is not None else None
    if is_new:
        store_first(response, whole.answers, answered=answered)
        return Taken("stored", response, has_news)
    response.save(update_fields=[*WRITTEN, *(["is_followed_up"] if has_news else [])])
    write_answers(response, known, whole.answers)
    if answered is not None:
        Invitation.objects.filter(pk=answered).update(state=Invitation.State.ANSWERED)
    return Taken("stored", response, has_news)


def counts(definition: Definition, whole: Whole) -> bool:
    """A person's answer counts once the headline is answered; without a headline once all was asked."""
    return whole.is_complete if definition.headline is None else whole.score is not None
