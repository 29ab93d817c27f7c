"""Did a person answer? Mail scanners open links, run scripts and press buttons; see docs/answering.md."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

YOUNGEST_FORM = 1.5
SOON_AFTER_SENDING = 60.0
# How long a sign that a scanner was here casts doubt on what follows.
MARKS_LIVE: Final = 120
# A person taps one number in a mail, and may correct themselves; more within MARKS_LIVE were opened by a machine.
MOST_TAPS: Final = 3
SCANNERS: Final = re.compile(
    r"safelinks|barracuda|mimecast|proofpoint|urldefense|cudasvc|messagelabs|trendmicro|fireeye|cisco-|"
    r"(?<!cu)bot\b|bot/|crawler|spider|preview|facebookexternalhit|slack-img|"
    r"python|curl/|wget/|go-http-client|java/|okhttp|libwww|httpclient|scrapy|axios|node-fetch",
    re.IGNORECASE,
)
# What a scanner does before it posts; kept for MARKS_LIVE seconds.
TRAP_LINK, HEAD = "trap_link", "head"

CONFIRMED, PROVISIONAL, MACHINE = "confirmed", "provisional", "machine"


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one submitted form. Seconds are ages: of the page, and since the invitation left.

    `marks` are what somebody did with the link in the last MARKS_LIVE seconds: HEAD, TRAP_LINK, or the numbers whose
    links were opened. `has_script` and `is_trusted`: the page ran its script, and that saw a real touch or key.
    """

    form_seconds: float
    mail_seconds: float | None = None
    trap: str = ""
    agent: str = ""
    is_asked_again: bool = False
    has_script: bool = False
    is_trusted: bool = False
    marks: Collection[str] = ()


def doubts_about(signs: Signs) -> list[str]:
    """Signs that no person pressed Send. What others did with the link, and the hour, count on the first press alone:
    a person who presses once more, on a page that is old enough, is believed."""
    doubts = []
    if signs.trap:
        doubts.append("trap")
    if SCANNERS.search(signs.agent):
        doubts.append("agent")
    if signs.form_seconds < YOUNGEST_FORM:
        doubts.append("fast")
    if signs.has_script and not signs.is_trusted:
        doubts.append("untrusted")
    if signs.is_asked_again:
        return doubts
    if signs.mail_seconds is not None and signs.mail_seconds < SOON_AFTER_SENDING:
        doubts.append("soon")
    if len({mark for mark in signs.marks if mark.isdecimal()}) > MOST_TAPS:
        doubts.append("all_links")
    doubts += [mark for mark in (TRAP_LINK, HEAD) if mark in signs.marks]
    return doubts


def state_for(doubts: Sequence[str]) -> str:
    """Confirmed without doubts; machine when only a machine does that; else provisional. Both are asked again.

    A machine that fills the form like a person cannot be told from one: this errs on the side of asking again.
    """
    if not doubts:
        return CONFIRMED
    return MACHINE if {"trap", "agent"} & set(doubts) else PROVISIONAL
