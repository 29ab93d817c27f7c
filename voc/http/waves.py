"""What the pages of waves have in common: which wave, what a forecast says, who is in."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.formulas.budget import Verdict
from accounts.models import Contact
from accounts.services.budget import reason_words
from team.clock import now
from team.http.access import current_user
from team.models import User
from ui.http import id_in
from ui.lists.keyset import Cursor, Order, take_slice
from voc.models import Invitation, Survey, Wave
from voc.selectors.audiences import BadAudience, Forecast, audience_of, forecast, judge_people, spec_of
from voc.selectors.waves import invitations_of, progress_of, tally_waves, view_names
from voc.services.waves.writing import may_change

PAGE = 50
STATE_TONES = {
    Wave.State.DRAFT: "",
    Wave.State.SCHEDULED: "accent",
    Wave.State.SENDING: "accent",
    Wave.State.SENT: "good",
    Wave.State.CLOSED: "",
    Wave.State.CANCELLED: "watch",
}


def wave_or_404(request: HttpRequest, pk: int) -> Wave:
    """A wave of a survey that is not deleted."""
    waves = Wave.objects.filter(survey__deleted_at__isnull=True)
    return get_object_or_404(waves.select_related("survey", "series", "created_by", "launched_by", "version"), pk=pk)


def own_wave_or_404(request: HttpRequest, pk: int) -> Wave:
    """A wave that the person may change. SECURITY: somebody else's is not there."""
    user = current_user(request)
    waves = Wave.objects.all()
    if user.role == "csm":
        waves = waves.filter(created_by=user) | waves.filter(launched_by=user)
    found: Wave = get_object_or_404(waves.select_related("survey"), pk=pk, survey__deleted_at__isnull=True)
    return found


def open_survey_or_404(pk: int) -> Survey:
    """A survey; closed ones too, which say so."""
    return get_object_or_404(Survey.objects.select_related("owner"), pk=pk)


def forecast_context(wave: Wave, user: User) -> dict[str, Any]:
    """What a wave would do now, or why nobody can tell."""
    try:
        people = audience_of(wave, user=user)
        found: Forecast | None = forecast(
            people, wave.survey, seed=wave.seed, sample_size=wave.sample_size, per_account=wave.per_account
        )
        problem = ""
    except BadAudience as error:
        found, problem = None, str(error)
    return {"forecast": found, "problem": problem}


@dataclass(frozen=True, slots=True)
class Member:
    """One line of who is in."""

    contact: Contact
    verdict: Verdict
    words: str


def members_page(request: HttpRequest, wave: Wave) -> dict[str, Any]:
    """Fifty people of a draft's audience, each with what the contact budget says; by number."""
    user = current_user(request)
    try:
        people = audience_of(spec_of(wave), user=user).select_related("account")
    except BadAudience:
        people = Contact.objects.none()
    cut = take_slice(people, Order("id"), after=_after(request), size=PAGE)
    verdicts = judge_people(cut.rows, wave.survey)
    rows = [Member(one, verdicts[one.pk], reason_words(verdicts[one.pk].reason)) for one in cut.rows]
    return {"members": rows, "more_url": _more(wave, cut.next)}


def invitations_page(request: HttpRequest, wave: Wave) -> dict[str, Any]:
    """Fifty people of a launched wave, and what became of each."""
    rows = invitations_of(wave=wave, user=current_user(request))
    state = request.GET.get("state", "")
    if state in Invitation.State.values:
        rows = rows.filter(state=state)
    cut = take_slice(rows, Order("id"), after=_after(request), size=PAGE)
    return {"invitations": cut.rows, "more_url": _more(wave, cut.next), "chosen_state": state}


def _after(request: HttpRequest) -> Cursor | None:
    pk = id_in(request.GET.get("after", ""))
    return Cursor(pk, str(pk)) if pk else None


def _more(wave: Wave, cursor: Cursor | None) -> str:
    return f"{reverse('wave_people', args=[wave.pk])}?after={cursor.pk}" if cursor else ""


def wave_context(request: HttpRequest, wave: Wave) -> dict[str, Any]:
    """The page of a wave."""
    user = current_user(request)
    tally = tally_waves(user=user, wave_ids=[wave.pk]).get(wave.pk)
    is_draft = wave.state == Wave.State.DRAFT
    is_waiting = wave.state in {Wave.State.DRAFT, Wave.State.SCHEDULED}
    context: dict[str, Any] = {
        "survey": wave.survey,
        "wave": wave,
        "tally": tally,
        "progress": progress_of(wave),
        "views": view_names([wave]),
        "tone": STATE_TONES[Wave.State(wave.state)],
        "is_draft": is_draft,
        "is_waiting": is_waiting,
        "is_busy": wave.state == Wave.State.SENDING,
        "is_due": wave.state == Wave.State.SCHEDULED and wave.send_at is not None and wave.send_at <= now(),
        "may_change": may_change(user, wave),
        "reader": user,
        "rounds": Wave.objects.filter(series=wave.series_id or wave.pk).order_by("-send_at")[:12],
    }
    if context["is_due"]:
        return context  # it begins within seconds; what it would do is asked of nobody any more
    if is_waiting and user.can_edit:
        context |= forecast_context(wave, user) | members_page(request, wave)
    elif not is_waiting:
        context |= invitations_page(request, wave)
    return context
