"""The voice of one account, for its page."""

from dataclasses import dataclass

from accounts.models import Account, Contact
from voc.formulas.nps import Nps, nps_of
from voc.models import Feedback, Insight, Invitation, Response

SHOWN = 5


@dataclass(frozen=True)
class VoiceCard:
    """What the account said lately and what became of it. `silent` are people who were asked and never answered."""

    nps: Nps
    last: Response | None
    asked: int
    answered: int
    feedback: list[Feedback]
    insights: list[Insight]
    silent: list[Contact]

    @property
    def rate(self) -> float | None:
        """Share of invitations that were answered."""
        return self.answered / self.asked if self.asked else None

    @property
    def is_silent(self) -> bool:
        """Nobody has said anything yet."""
        return not self.feedback and self.last is None


def voice_of(account: Account) -> VoiceCard:
    """The account's answers, words and open insights; five queries. The caller has checked that it is visible."""
    responses = list(
        Response.objects.counted()
        .filter(account=account, score__isnull=False, version__survey__kind="nps")
        .select_related("contact")
        .order_by("-submitted_at")[:100]
    )
    newest: dict[int | None, Response] = {}
    for response in responses:
        newest.setdefault(response.contact_id, response)
    # Of an anonymous survey nobody knows who answered: it makes nobody silent.
    asked = Invitation.objects.filter(account=account, version__survey__is_anonymous=False).exclude(
        state__in=[Invitation.State.SUPPRESSED, Invitation.State.RECALLED]
    )
    states = list(asked.values_list("contact_id", "state"))
    spoke = {contact_id for contact_id, state in states if state == Invitation.State.ANSWERED}
    silent = Contact.objects.active().filter(pk__in={contact_id for contact_id, _state in states} - spoke)
    feedback = (
        Feedback.objects.filter(account=account)
        .select_related("contact")
        .prefetch_related("tags__theme")
        .order_by("-received_at", "-id")
    )
    insights = Insight.objects.filter(account=account).open().select_related("department", "theme")
    return VoiceCard(
        nps=nps_of(response.score for response in newest.values() if response.score is not None),
        last=responses[0] if responses else None,
        asked=len(states),
        answered=sum(state == Invitation.State.ANSWERED for _contact, state in states),
        feedback=list(feedback[:SHOWN]),
        insights=list(insights.order_by("priority", "due_at")[:SHOWN]),
        silent=list(silent.order_by("name")[:SHOWN]),
    )
