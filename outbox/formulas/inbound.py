"""Reading one mail that came in: what it is, whom it is from, which of our mails it belongs to."""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message as Mail
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final

from flufl.bounce import all_failures

from outbox.formulas.autoreplies import is_automatic
from outbox.formulas.parts import header, text_of, walk, words_of
from outbox.formulas.quotes import new_words
from outbox.formulas.replies import read_reply_addresses

LARGEST: Final = 1024 * 1024
LONGEST_HEAD: Final = 64 * 1024
MOST_LAYERS: Final = 40
LONGEST_TEXT: Final = 20_000
_LAYER: Final = re.compile(rb"content-type\s*:\s*(?:multipart/|message/)", re.IGNORECASE)
_OUR_ID: Final = re.compile(r"<[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@[a-z0-9.\-]{1,250}>", re.IGNORECASE)
_BOUNCE_SENDER: Final = re.compile(r"^(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|mailsystem|bounces?)\b", re.I)
_BOUNCE_SUBJECT: Final = re.compile(
    r"undeliver|returned (?:mail|to sender)|delivery (?:status|fail|has failed|problem|incomplete|error)|"
    r"failure notice|"
    r"mail (?:delivery|system error)|could not be delivered|message (?:blocked|rejected)|nicht zu(?:ge)?stell|"
    r"unzustellbar|"
    r"non remis|échec de la remise|no se (?:pudo|puede) entregar|no entregado|não (?:foi )?entregue|"
    r"niet (?:worden )?(?:bezorgd|afgeleverd)|onbestelbaar|kunne ikke leveres|ikke leveret|mancato recapito|"
    r"退信|未送达|无法送达|投递失败|系统退信",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+\-']{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")
# What a parser that stumbles over a broken mail may raise.
STUMBLES: Final = (MessageError, LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)


@dataclass(frozen=True)
class Failure:
    """What a bounce says: whose address, the server's words, its status."""

    address: str = ""
    status: str = ""
    words: str = ""


@dataclass(frozen=True)
class Inbound:
    """One mail, read. `kind` is a value of ReceivedMail.Kind; `names` are Message-IDs shaped like ours, the
    answered one first; `marks` are (uuid, mark) of addresses shaped like ours."""

    message_id: str
    kind: str
    sender: str = ""
    recipient: str = ""
    subject: str = ""
    sent_at: dt.datetime | None = None
    text: str = ""
    words: str = ""
    names: tuple[str, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    failure: Failure = field(default_factory=Failure)


def read_mail(raw: bytes) -> Inbound:
    """Read a mail of at most LARGEST bytes. Never raises for what stands in it: what cannot be read is `unreadable`."""
    digest = hashlib.sha256(raw).hexdigest()
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    is_bomb = len(head) > LONGEST_HEAD or len(_LAYER.findall(raw)) > MOST_LAYERS
    try:
        mail = message_from_bytes(head[:LONGEST_HEAD] + b"\r\n\r\n" if is_bomb else raw)
        who = envelope(mail, digest)
        return Inbound(kind="unreadable", **who) if is_bomb else judge(mail, raw, who)
    except STUMBLES:
        return Inbound(message_id=f"sha256:{digest}", kind="unreadable")


def envelope(mail: Mail, digest: str) -> dict[str, Any]:
    """Who wrote to whom, when, under which name."""
    return {
        "message_id": header(mail, "Message-ID")[:290].strip() or f"sha256:{digest}",
        "sender": first_address(mail, "From") or first_address(mail, "Sender"),
        "recipient": first_address(mail, "To") or first_address(mail, "Delivered-To"),
        "subject": header(mail, "Subject")[:300],
        "sent_at": moment_of(header(mail, "Date")),
    }


def first_address(mail: Mail, name: str) -> str:
    """The first address in a header, small letters; "" for none."""
    found = [address for _name, address in getaddresses([header(mail, name)[:1000]]) if "@" in address]
    return found[0].strip().lower()[:320] if found else ""


def moment_of(date: str) -> dt.datetime | None:
    """The sender's clock; None when it says nothing sensible."""
    try:
        moment = parsedate_to_datetime(date)
        return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def judge(mail: Mail, raw: bytes, who: dict[str, Any]) -> Inbound:
    """What kind of mail it is: complaint, bounce, auto-reply, or something that a person wrote."""
    flat = re.sub(rb"=\r?\n", b"", raw).decode("utf-8", "replace")
    text = words_of(mail)[:LONGEST_TEXT]
    mentions = f"{header(mail, 'In-Reply-To')} {' '.join(reversed(header(mail, 'References').split()))}"
    decoded = "\n".join(text_of(part) for part in walk(mail) if part.get_content_maintype() == "text")
    facts = {
        **who,
        "text": text,
        "names": tuple(dict.fromkeys(_OUR_ID.findall(f"{mentions}\n{flat}\n{decoded}".lower())))[:50],
        "marks": tuple(read_reply_addresses(f"{flat}\n{decoded}"))[:50],
    }
    if (complaint := complaint_in(mail)) is not None:
        return Inbound(kind="complaint", failure=complaint, **facts)
    failure = failure_in(mail, who, text)
    if failure is not None:
        return Inbound(kind="bounce", failure=failure, **facts)
    words = new_words(text)
    headers = {name.lower(): header(mail, name) for name in set(mail.keys())}
    headers["from-address"] = str(who["sender"])
    kind = "auto_reply" if is_automatic(headers, subject=str(who["subject"]), words=words) else "answer"
    return Inbound(kind=kind, words=words, **facts)


def complaint_in(mail: Mail) -> Failure | None:
    """The address in a spam complaint (ARF, RFC 5965); None when it is none."""
    for part in walk(mail):
        if part.get_content_type() == "message/feedback-report":
            fields = fields_of(part)
            if fields.get("feedback-type", "abuse").split(";")[0].strip().lower() == "not-spam":
                return None
            address = fields.get("original-rcpt-to") or fields.get("removal-recipient") or ""
            return Failure(address_in(address), "", fields.get("feedback-type", "abuse")[:200])
    return None


def failure_in(mail: Mail, who: dict[str, Any], text: str) -> Failure | None:
    """What a delivery report says (RFC 3464), or what a library finds in one that follows no standard; None when it
    reports no failure."""
    blocks = [fields_of(block) for part in walk(mail) if part.get_content_type() == "message/delivery-status"
              for block in blocks_of(part)]  # fmt: skip
    recipients = [block for block in blocks if "action" in block or "final-recipient" in block]
    failed = [block for block in recipients if block.get("action", "failed").split()[0:1] == ["failed"]]
    if recipients and not failed:
        return None  # it waits or was delivered: no failure
    if failed:
        block = failed[0]
        address = address_in(block.get("original-recipient", "")) or address_in(block.get("final-recipient", ""))
        said = block.get("diagnostic-code", "")
        return Failure(address, block.get("status", "")[:20], said if len(said) > 12 else f"{said} {text[:2000]}")
    named = header(mail, "X-Failed-Recipients")
    is_report = bool(
        named
        or _BOUNCE_SENDER.match(str(who["sender"]))
        or _BOUNCE_SUBJECT.search(str(who["subject"]))
        or header(mail, "Return-Path") == "<>"
    )
    if not is_report:
        return None
    address = address_in(named) or found_by_library(mail)
    return Failure(address, "", text[:4000]) if address else None


def found_by_library(mail: Mail) -> str:
    """The first address that flufl.bounce finds; which of its two lists it is in says little (see bounces.py)."""
    try:
        for_now, for_good = all_failures(mail)
    except STUMBLES:
        return ""
    found = sorted(address.decode("ascii", "replace") for address in {*for_good, *for_now})
    return address_in(found[0]) if found else ""


def blocks_of(part: Mail) -> list[Mail]:
    """The blocks of a delivery report: one about the mail, then one for each recipient."""
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Mail)][:20] if isinstance(payload, list) else []


def fields_of(part: Mail) -> dict[str, str]:
    """Names and values of a block, small names; of a machine-readable part that was parsed as text, too."""
    if part.keys() and part.get_content_maintype() != "message":
        rows = [(name, str(value)) for name, value in part.items()]
    else:
        payload = part.get_payload()
        if isinstance(payload, list):
            rows = [(name, str(value)) for block in payload if isinstance(block, Mail) for name, value in block.items()]
            rows += [row for block in payload if isinstance(block, Mail) for row in lines_of(str(block.get_payload()))]
        else:
            rows = lines_of(str(payload))
    return {name.strip().lower(): " ".join(value.split())[:1000].lower() for name, value in rows}


def lines_of(text: str) -> list[tuple[str, str]]:
    """`Name: value` lines."""
    return [(name, value) for name, colon, value in (line.partition(":") for line in text[:8000].splitlines()) if colon]


def address_in(value: str) -> str:
    """The mail address in "rfc822; Nora@Customer.example" and the like, small letters; "" for none."""
    found = _ADDRESS.search(value)
    return found[0].lower() if found else ""
