"""Launching: a person has typed how many will be asked."""

from django.db import transaction
from django.utils.translation import gettext as _

from team.clock import now
from team.models import User
from voc.models import Wave
from voc.selectors.audiences import BadAudience, audience_of, forecast
from voc.services.invitations import NothingToSend, current_version
from voc.services.waves.writing import WaveRefused, hold_wave


@transaction.atomic
def launch_wave(*, actor: User, wave: Wave, expected: int) -> Wave:
    """Release a draft: at its time (now, when it has none or it is past) a worker draws the audience and begins.

    `expected` is the number that the person typed. Launching twice does it once. The audience is drawn anew at the
    time of sending, and each person is judged again before their mail is written.

    Raises:
        PermissionDenied: for somebody else's wave.
        WaveRefused: when the survey is not open, nobody would be asked, or the number is another by now.
    """
    held = hold_wave(actor=actor, wave=wave)
    if held.state != Wave.State.DRAFT:
        return held
    try:
        current_version(held.survey)
        people = audience_of(held, user=actor)
    except (NothingToSend, BadAudience) as refusal:
        raise WaveRefused(str(refusal)) from refusal
    found = forecast(people, held.survey, seed=held.seed, sample_size=held.sample_size, per_account=held.per_account)
    if not found.asked:
        raise WaveRefused(_("Nobody can be asked now."))
    if found.asked != expected:
        raise WaveRefused(_("By now it is %(count)d people; type the new number.") % {"count": found.asked})
    held.state = Wave.State.SCHEDULED
    held.send_at = max(held.send_at or now(), now())
    held.launched_by, held.launched_at = actor, now()
    held.save(update_fields=["state", "send_at", "launched_by", "launched_at"])
    return held
