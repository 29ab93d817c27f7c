"""Did a person answer? Mail scanners open links, run scripts and press buttons."""

from collections.abc import Sequence
from dataclasses import dataclass

YOUNGEST_FORM = 1.5
SOON_AFTER_SENDING = 60.0
SCANNERS = (
    "safelinks",
    "barracuda",
    "mimecast",
    "proofpoint",
    "urldefense",
    "cudasvc",
    "bot",
    "crawler",
    "spider",
    "python-requests",
    "curl/",
    "wget/",
    "go-http-client",
)

CONFIRMED, PROVISIONAL, MACHINE = "confirmed", "provisional", "machine"


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one submitted form. Seconds are ages: of the page, and since the invitation left."""

    form_seconds: float
    mail_seconds: float | None = None
    trap: str = ""
    agent: str = ""
    is_asked_again: bool = False


def doubts_about(signs: Signs) -> list[str]:
    """Signs that no person pressed Send."""
    doubts = []
    if signs.trap:
        doubts.append("trap")
    if any(word in signs.agent.lower() for word in SCANNERS):
        doubts.append("agent")
    if signs.form_seconds < YOUNGEST_FORM:
        doubts.append("fast")
    if signs.mail_seconds is not None and signs.mail_seconds < SOON_AFTER_SENDING and not signs.is_asked_again:
        doubts.append("soon")
    return doubts


def state_for(doubts: Sequence[str]) -> str:
    """Confirmed without doubts; machine when only a machine does that; else provisional, and the person is asked again.

    A machine that fills the form like a person cannot be told from one: this errs on the side of asking again.
    """
    if not doubts:
        return CONFIRMED
    return MACHINE if {"trap", "agent"} & set(doubts) else PROVISIONAL
