"""Noting many people to be asked: invitations that wait for a worker, made in a few statements."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Contact
from accounts.services.budget import Verdict, reason_words
from team.clock import now, today
from team.models import User
from voc.formulas.definitions import known_language
from voc.models import Invitation, Survey, SurveyTrigger, SurveyVersion, Wave
from voc.selectors.audiences import judge_people
from voc.selectors.zones import Whereabouts
from voc.services.invitations.links import fresh_link

State = Invitation.State
BATCH = 2000


class NothingToSend(ValueError):
    """The survey has no published version, or is closed."""


def current_version(survey: Survey) -> SurveyVersion:
    """The version that a new invitation leads to. Raises NothingToSend."""
    version = survey.versions.order_by("-number").first()
    if version is None or not survey.is_active:
        raise NothingToSend(_("This survey is not open."))
    return version


def wanted_until(survey: Survey) -> dt.date:
    """Until when somebody whom a rule holds back is asked again by itself: as long as a link sent today would live."""
    return today() + dt.timedelta(days=survey.valid_days)


@transaction.atomic
def note_people(
    *,
    actor: User | None,
    version: SurveyVersion,
    contacts: Iterable[Contact],
    occasion: str | Mapping[int, str],
    ready_at: dt.datetime | None = None,
    is_quiet: bool = True,
    is_judged: bool = True,
    wave: Wave | None = None,
    trigger: SurveyTrigger | None = None,
    source_refs: Mapping[int, str] | None = None,
    retry_until: dt.date | None = None,
    passed_on_from: Invitation | None = None,
) -> int:
    """Write an invitation for each person that has none for the occasion; returns how many are new or wait again.

    Contacts come with their account. With `is_judged` the budget is asked now, and whoever may not be asked is noted as
    such with the rule and the next free day; it is asked again when the mail is written. With `is_quiet` each waits for
    the next free hour of their own day. `occasion` and `source_refs` may differ per contact id. Whoever was put aside
    for the same occasion is judged anew. Idempotent: one_invitation_per_person_and_occasion.
    """
    people = list(contacts)
    moment = ready_at or now()
    verdicts = judge_people(people, version.survey) if is_judged else {}
    where = Whereabouts.of_install() if is_quiet else None
    refs = source_refs or {}
    names = {one.pk: (occasion if isinstance(occasion, str) else occasion[one.pk])[:80] for one in people}
    known = _known(version, names)
    again = [pk for pk, state in known.items() if state == State.SUPPRESSED]
    rows = []
    for contact in people:
        if contact.pk in known and contact.pk not in again:
            continue
        verdict = verdicts.get(contact.pk, Verdict())
        nonce, digest = fresh_link()
        send_after = where.next_moment_for(contact, moment) if where else None
        rows.append(
            Invitation(
                version=version,
                contact=contact,
                account_id=contact.account_id,
                occasion=names[contact.pk],
                wave=wave,
                trigger=trigger,
                source_ref=refs.get(contact.pk, ""),
                passed_on_from=passed_on_from,
                nonce=nonce,
                digest=digest,
                language=known_language(contact.language),
                state=State.QUEUED if verdict.is_free else State.SUPPRESSED,
                rule=verdict.reason,
                reason="" if verdict.is_free else reason_words(verdict.reason)[:200],
                next_free_on=verdict.next_free_on,
                retry_until=retry_until,
                send_after=send_after,
                sent_by=actor,
                expires_at=(send_after or moment) + dt.timedelta(days=version.survey.valid_days),
            )
        )
    return _store(version, rows, set(again))


def _known(version: SurveyVersion, names: Mapping[int, str]) -> dict[int, str]:
    """{contact id: state} of those who have an invitation for their occasion."""
    rows = Invitation.objects.filter(version=version, contact__in=list(names), occasion__in=set(names.values()))
    return {pk: state for pk, name, state in rows.values_list("contact_id", "occasion", "state") if names[pk] == name}


def _store(version: SurveyVersion, rows: list[Invitation], again: Collection[int]) -> int:
    """New rows in bulk; of those put aside before only what was judged anew changes."""
    new = [row for row in rows if row.contact_id not in again]
    Invitation.objects.bulk_create(new, ignore_conflicts=True, batch_size=BATCH)
    woken = 0
    for row in rows:
        if row.contact_id in again:
            aside = Invitation.objects.filter(
                version=version, contact=row.contact_id, occasion=row.occasion, state=State.SUPPRESSED
            )
            woken += aside.update(
                state=row.state,
                rule=row.rule,
                reason=row.reason,
                next_free_on=row.next_free_on,
                retry_until=row.retry_until,
                send_after=row.send_after,
                # The mail that did not leave carries the old link; the new one is another mail.
                nonce=row.nonce,
                digest=row.digest,
                message_ref="",
                sent_by=row.sent_by_id,
                expires_at=row.expires_at,
            )
    return sum(row.state == State.QUEUED for row in new) + woken


def plan_invitations(*, actor: User | None, survey: Survey, contacts: Iterable[Contact], occasion: str) -> int:
    """Note many people to be asked by a worker in their own working hours, 2,000 at a time; returns how many wait.

    Contacts come with their account; the caller has checked that the actor may write to them. See `note_people`.
    Raises NothingToSend.
    """
    version, found = current_version(survey), list(contacts)
    for start in range(0, len(found), BATCH):
        part = found[start : start + BATCH]
        note_people(actor=actor, version=version, contacts=part, occasion=occasion, retry_until=wanted_until(survey))
    mine = Invitation.objects.filter(version=version, occasion=occasion[:80], contact__in=found)
    return mine.planned().count()
