"""What workers do with launched waves: draw the audience, make invitations slice by slice, notice the end."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Contact
from team.clock import now
from team.models import User
from team.services.notices import notify
from voc.models import Invitation, Wave, WaveDraw
from voc.selectors.audiences import BadAudience, audience_of, draw_people, slim
from voc.services.invitations import NothingToSend, current_version, note_people

State = Wave.State
# Invitations are made so many at a time: one statement's worth, about a second of work.
SLICE = 2000


def plan_waves(*, slices: int = 10) -> int:
    """Begin what is due, make up to so many slices of invitations, close what is done; returns how many slices.

    Safe to repeat and to run many times at once: a wave is locked while one worker makes a slice of it, and the lock
    ends with the worker. A slice and the mark how far the wave is are one transaction.
    """
    for wave_id in Wave.objects.filter(state=State.SCHEDULED, send_at__lte=now()).values_list("pk", flat=True)[:50]:
        begin_wave(wave_id=wave_id)
    made = 0
    while made < slices and _make_slice():
        made += 1
    _note_ends()
    return made


@transaction.atomic
def begin_wave(*, wave_id: int) -> bool:
    """Draw the audience of one wave whose time has come, as its sender sees it now, and plan its next round.

    False when another worker is at it or it has begun. A wave that can ask nobody any more is cancelled, and its sender
    is told why.
    """
    waves = Wave.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "survey__owner", "launched_by", "series"
    )
    wave = waves.filter(pk=wave_id, state=State.SCHEDULED).first()
    if wave is None:
        return False
    try:
        version = current_version(wave.survey)
        people = list(slim(audience_of(wave, user=sender_of(wave))))
    except (NothingToSend, BadAudience) as problem:
        _give_up(wave, str(problem))
        return True
    drawn, _verdicts = draw_people(
        people, wave.survey, seed=wave.seed, sample_size=wave.sample_size, per_account=wave.per_account
    )
    WaveDraw.objects.create(wave=wave, contact_ids=[one.contact_id for one in drawn], drawn_at=now())
    wave.version, wave.state = version, State.SENDING
    wave.audience_size, wave.planned = len(people), 0
    wave.save(update_fields=["version", "state", "audience_size", "planned"])
    if wave.recurs_every_days:
        plan_next_round(wave=wave)
    return True


def sender_of(wave: Wave) -> User:
    """In whose name a round asks: who launched it, or the survey's owner when that person has gone."""
    launched_by = wave.launched_by
    return launched_by if launched_by is not None and launched_by.is_active else wave.survey.owner


def plan_next_round(*, wave: Wave) -> Wave | None:
    """The next wave of the series, at the next time that is still to come; rounds that were slept through are left out.

    None when there is one already (one_next_round_per_series).
    """
    assert wave.recurs_every_days and wave.send_at
    series = wave.series or wave
    if Wave.objects.filter(series=series, state__in=[State.DRAFT, State.SCHEDULED]).exists():
        return None
    step = dt.timedelta(days=wave.recurs_every_days)
    send_at = wave.send_at + step
    while send_at <= now():
        send_at += step
    number = Wave.objects.filter(series=series).count() + 2
    return Wave.objects.create(
        survey=wave.survey,
        series=series,
        name=_("%(name)s, round %(number)d") % {"name": series.name[:100], "number": number},
        audience=wave.audience,
        conditions=wave.conditions,
        personas=wave.personas,
        stages=wave.stages,
        sample_size=wave.sample_size,
        per_account=wave.per_account,
        seed=wave.seed + 1,
        state=State.SCHEDULED,
        send_at=send_at,
        recurs_every_days=wave.recurs_every_days,
        created_by=wave.created_by,
        launched_by=wave.launched_by,
        launched_at=wave.launched_at,
    )


def _give_up(wave: Wave, why: str) -> None:
    wave.state, wave.finished_at = State.CANCELLED, now()
    wave.save(update_fields=["state", "finished_at"])
    person = sender_of(wave)
    with override(person.language):
        words = _("“%(name)s” could not be sent: %(why)s") % {"name": wave.name, "why": why}
    notify(user=person, kind="survey", text=words, url=reverse("wave", args=[wave.pk]), dedupe_key=f"wave:{wave.pk}")


@transaction.atomic
def _make_slice() -> bool:
    """The next slice of any wave that nobody else is at; False when there is none."""
    drawn = WaveDraw.objects.filter(wave=OuterRef("pk"))
    at_work = Wave.objects.filter(Exists(drawn), state=State.SENDING).order_by("send_at", "pk")
    wave = at_work.select_for_update(skip_locked=True, of=("self",)).select_related("version__survey").first()
    if wave is None or wave.version is None:
        return False
    ids = wave.draw.contact_ids
    part = ids[wave.planned : wave.planned + SLICE]
    if part:
        people = Contact.objects.filter(pk__in=part).select_related("account").in_bulk()
        note_people(
            actor=wave.launched_by,
            version=wave.version,
            contacts=[people[pk] for pk in part if pk in people],
            occasion=f"wave:{wave.pk}",
            ready_at=max(wave.send_at or now(), now()),
            wave=wave,
            retry_until=retry_until(wave),
        )
        Wave.objects.filter(pk=wave.pk).update(planned=wave.planned + len(part))
    if wave.planned + len(part) >= len(ids):
        wave.draw.delete()
    return True


def retry_until(wave: Wave) -> dt.date | None:
    """Until when those who could not be asked are tried again: as long as the links of this round live, and not beyond
    the next one. Out of a sample nobody is tried again: others were asked in their place."""
    if wave.sample_size is not None or wave.version is None:
        return None
    days = wave.version.survey.valid_days
    if wave.recurs_every_days:
        days = min(days, wave.recurs_every_days - 1)
    return now().date() + dt.timedelta(days=days)


def _note_ends() -> None:
    """Waves whose invitations were all dealt with are sent; those with no open link any more are closed."""
    mine = Invitation.objects.filter(wave=OuterRef("pk"))
    drawn = WaveDraw.objects.filter(wave=OuterRef("pk"))
    sending = Wave.objects.filter(~Exists(mine.filter(state=Invitation.State.QUEUED)), ~Exists(drawn))
    sending.filter(state=State.SENDING).update(state=State.SENT, finished_at=now())
    over = Wave.objects.filter(state=State.SENT, finished_at__lte=now() - dt.timedelta(hours=1))
    over.filter(~Exists(mine.open())).update(state=State.CLOSED)
