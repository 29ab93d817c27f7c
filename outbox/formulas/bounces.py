"""Why a mail could not be delivered, from a server's words; and whether that is for good.

Our own map, because a status of 5.x.x says "for good" for a full mailbox and for a mail that a filter disliked.
"""

import datetime as dt
import re
from typing import Final

from django.utils.translation import gettext_lazy as _

REASONS: Final = {
    "user_unknown": _("No such mailbox"),
    "host_unknown": _("No such mail domain"),
    "moved": _("The person has moved or the mailbox was closed"),
    "mailbox_full": _("The mailbox is full"),
    "expired": _("It could not be delivered in time"),
    "greylisted": _("The server wants it again later"),
    "too_large": _("Too large"),
    "spam": _("Taken for spam"),
    "blocked": _("The server refuses mail from us"),
    "policy": _("Against a rule of the receiver"),
    "sender": _("The receiver does not trust the sender's address"),
    "loop": _("Mail goes round in a circle there"),
    "broken": _("The server there is in trouble"),
    "unclear": _("No clear reason"),
}
HARD: Final = frozenset({"user_unknown", "host_unknown", "moved"})
# The trouble is with who sends, not with the address.
OURS: Final = frozenset({"sender", "blocked", "too_large"})

# Looked for in this order: what is certainly no dead address comes first, because such answers often name the address
# and carry 5.1.x or 550 all the same.
_PHRASES: Final = (
    ("user_unknown", r"recipient address rejected: access denied"),  # how Exchange Online says that nobody has it
    (
        "spam",
        r"spam(?!haus)|junk mail|bulk mail|content (?:was )?rejected|message content|virus|phish|"
        r"malware|suspicious|high probability of|垃圾邮件",
    ),
    (
        "blocked",
        r"black ?list|block ?list|blocked|dnsbl|rbl\b|spamhaus|barracuda|sorbs|poor reputation|"
        r"reputation|banned|denied by|access denied|not accepting (?:mail|connections) from|"
        r"too many (?:connections|messages)|rate limit|throttl|refused to talk|"
        r"client host .{0,60}(?:reject|block)",
    ),
    (
        "sender",
        r"\bspf\b|\bdkim\b|\bdmarc\b|sender (?:address )?(?:rejected|verif|verify|domain)|"
        r"unauthenticated|authentication (?:required|failed)|relay(?:ing)? (?:access )?denied|"
        r"relay not permitted|not permitted to relay|unable to relay|reverse dns|ptr record",
    ),
    ("greylisted", r"gr[ae]y-?list|try again later|temporarily deferred|please retry|deferred due to"),
    (
        "mailbox_full",
        r"mailbox (?:is )?full|mail ?box .{0,40}(?:full|exceed)|over ?quota|"
        r"quota (?:has been )?exceed|exceed(?:s|ed)? .{0,30}(?:quota|storage|space)|"
        r"insufficient (?:system )?(?:storage|space)|not enough (?:storage|space)|disk quota|"
        r"out of (?:storage|disk)|inbox is full|postfach.{0,20}voll|bo[iî]te .{0,20}pleine|"
        r"buz[oó]n .{0,20}lleno|邮箱.{0,6}满|receiving mail at a rate|inbox is out of",
    ),
    ("too_large", r"too large|too big|message size exceeds|size limit|maximum (?:message )?size"),
    ("loop", r"too many hops|mail loop|loops? back|hop count exceeded|routing loop"),
    (
        "moved",
        r"has moved|moved to|no longer (?:works?|employed|at|with|valid|in use|available|active|"
        r"accepts?)|has left the (?:company|organi[sz]ation)|mailbox (?:is )?(?:disabled|closed|"
        r"inactive|suspended)|account (?:is |has been )?(?:disabled|closed|deactivated|inactive|"
        r"terminated|suspended|expired|deleted)|account that you tried to reach is disabled|"
        r"address (?:is )?no longer|user .{0,30}(?:disabled|inactive)",
    ),
    (
        "host_unknown",
        r"(?:host|domain)(?: name)? (?:is )?(?:unknown|not found|does not exist)|unknown (?:host|"
        r"domain)|host or domain name not found|no such (?:host|domain)|name or service not known|"
        r"nxdomain|domain .{0,60}(?:not exist|no mx|not found)|can't find any host|"
        r"unrouteable (?:mail )?domain|null mx|does not accept mail|bad destination (?:system|host)",
    ),
    (
        "user_unknown",
        r"user (?:is )?(?:unknown|not found|does(?: not|n't) exist|not known|doesn't have)|"
        r"unknown (?:user|recipient|local|mailbox|address)|no such (?:user|recipient|mailbox|address|"
        r"person|account)|recipient (?:is )?(?:unknown|not found|does(?: not|n't) exist)|(?:address|"
        r"mailbox|account|recipient|email|e-mail) .{0,80}(?:does(?: not|n't) exist|not (?:be )?found|"
        r"unknown|invalid|unavailable|not listed|couldn't be found)|invalid (?:recipient|mailbox|"
        r"address|user)|(?:not|isn't) a (?:valid|known) (?:user|mailbox|recipient|address)|"
        r"mailbox not found|recipient address rejected|recipientnotfound|resolver\.adr|"
        r"no mailbox (?:here )?by that name|unrouteable address|bad address syntax|wasn't found at|"
        r"(?:does not|doesn't) have an? .{0,30}account|address rejected|"
        r"empf[aä]nger.{0,20}(?:unbekannt|existiert)|destinataire.{0,20}inconnu|"
        r"usuario.{0,20}(?:desconocido|no existe)|用户不存在|收件人不存在|无效的收件人",
    ),
    (
        "policy",
        r"polic|not allowed|not authori[sz]ed|prohibited|administrative(?:ly)?|restrict|only accepts|"
        r"sender is not|message rejected|(?<!connection )refused|transaction failed",
    ),
    (
        "expired",
        r"delivery time expired|expired|delayed|could not be delivered (?:for|within|in)|retry time|"
        r"timed? ?out|retry timeout|too old|connection refused|not responding|"
        r"delivery temporarily suspended|no route to host",
    ),
    (
        "broken",
        r"configuration error|misconfigur|internal (?:server )?error|system (?:problem|error)|"
        r"local error|service unavailable|server busy|tls",
    ),
)
_COMPILED: Final = tuple((key, re.compile(pattern, re.IGNORECASE)) for key, pattern in _PHRASES)
# RFC 3463's detail, where the words say nothing.
_STATUS: Final = {
    "1.1": "user_unknown", "1.2": "host_unknown", "1.3": "user_unknown", "1.6": "moved", "1.7": "sender",
    "1.8": "sender", "1.10": "host_unknown", "2.1": "moved", "2.2": "mailbox_full", "2.3": "too_large",
    "3.4": "too_large", "4.1": "expired", "4.4": "host_unknown", "4.6": "loop", "4.7": "expired", "7.1": "policy",
}  # fmt: skip
STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE: Final = re.compile(r"(?:^|[\s;>#])(5\d\d|4\d\d)(?=[\s\-#])")
LONGEST: Final = 4000


def reason_of(words: str, status: str = "") -> str:
    """Key of REASONS for a server's words and its status ("5.1.1"). The words come first, then the status.

    "550 5.1.1 ... blocked" is blocked; "550 5.1.1" without words is user_unknown; what says nothing is unclear.
    """
    text = " ".join(words[:LONGEST].split())
    for key, pattern in _COMPILED:
        if pattern.search(text):
            return key if key not in HARD or not _is_for_now(text, status) else "unclear"
    found = STATUS.search(status) or STATUS.search(text)
    if found is None or found[1] == "2":
        return "unclear"
    key = _STATUS.get(f"{found[2]}.{found[3]}", "unclear")
    return "expired" if found[1] == "4" and key in HARD else key


def _is_for_now(text: str, status: str) -> bool:
    """The server itself says that this is passing: a status or a code of 4, and none of 5."""
    classes = {found[1] for found in STATUS.finditer(f"{status} {text}")} - {"2"}
    codes = classes or {code[0] for code in _CODE.findall(text)}
    return codes == {"4"}


def is_hard(reason: str) -> bool:
    """Whether the address is dead."""
    return reason in HARD


def rest_after(soft_before: int, reason: str = "") -> dt.timedelta:
    """How long an address rests after one more soft bounce in a row: 1, 3, 7, then 14 days, never longer.

    A day each time where the trouble is with the sender: the address is as good as ever.
    """
    if reason in OURS:
        return dt.timedelta(days=1)
    return dt.timedelta(days=(1, 3, 7, 14)[min(max(soft_before, 0), 3)])
