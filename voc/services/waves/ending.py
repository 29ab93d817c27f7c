"""Stopping: what has not gone out is taken back; links that went out stay open."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from team.clock import now
from team.models import User
from voc.models import Invitation, Wave
from voc.services.invitations import recall_unsent
from voc.services.waves.writing import WaveRefused, hold_wave

State = Wave.State
OVER = (State.CLOSED, State.CANCELLED)


@transaction.atomic
def cancel_wave(*, actor: User, wave: Wave) -> int:
    """Send no more of it: what waits is recalled (the first 500 at once, the rest by workers), nobody is reminded.

    A planned next round takes its series with it. Returns how many were recalled at once. Idempotent.
    Raises WaveRefused for a draft.
    """
    held = hold_wave(actor=actor, wave=wave)
    if held.state == State.DRAFT:
        raise WaveRefused(_("A draft has nothing to take back; delete it."))
    if held.state in OVER:
        return 0
    if held.state == State.SCHEDULED and held.series_id:
        _end_series(held.series_id)
    held.state, held.finished_at = State.CANCELLED, now()
    held.save(update_fields=["state", "finished_at"])
    if hasattr(held, "draw"):
        held.draw.delete()
    return recall_unsent(wave_id=held.pk, reason=str(_("The wave was cancelled.")))


def recall_cancelled(*, limit: int = 2000) -> int:
    """Take back what still waits of cancelled waves; returns how many. Idempotent."""
    waiting = Invitation.objects.filter(state=Invitation.State.QUEUED, wave__state=State.CANCELLED)
    wave_ids = waiting.order_by().values_list("wave_id", flat=True).distinct()
    reason = str(_("The wave was cancelled."))
    return sum(recall_unsent(wave_id=pk, reason=reason, limit=limit) for pk in list(wave_ids))


@transaction.atomic
def stop_series(*, actor: User, wave: Wave) -> bool:
    """No further rounds: the planned one is cancelled; rounds that have begun go on. False when nothing recurs."""
    held = hold_wave(actor=actor, wave=wave)
    return _end_series(held.series_id or held.pk) > 0


def _end_series(series_id: int) -> int:
    rounds = Wave.objects.filter(series=series_id) | Wave.objects.filter(pk=series_id)
    changed = rounds.filter(recurs_every_days__isnull=False).exclude(state=State.CANCELLED)
    number = changed.update(recurs_every_days=None)
    waiting = Wave.objects.filter(series=series_id, state=State.SCHEDULED)
    return number + waiting.update(state=State.CANCELLED, finished_at=now())


@transaction.atomic
def skip_round(*, actor: User, wave: Wave) -> Wave:
    """Let a planned round of a series pass: it moves on by the series' rhythm. Raises WaveRefused for any other."""
    held = hold_wave(actor=actor, wave=wave)
    if held.state != State.SCHEDULED or not held.recurs_every_days or held.send_at is None:
        raise WaveRefused(_("Only a planned round of a series can be skipped."))
    held.send_at += dt.timedelta(days=held.recurs_every_days)
    held.save(update_fields=["send_at"])
    return held
