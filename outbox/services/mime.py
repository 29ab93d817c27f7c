"""The MIME form of a mail: what stands on the line when it leaves. Written for thousands an hour."""

import binascii
import hashlib
import hmac
import uuid
from email.charset import QP, Charset
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from typing import Final

from django.conf import settings
from django.utils import timezone

from outbox.formulas import clean_header
from outbox.formulas.replies import reply_address
from outbox.models import Message

_UTF8: Final = Charset("utf-8")
_UTF8.header_encoding = QP


def build_mail(message: Message) -> bytes:
    """Headers and body with CRLF: text, and HTML beside it when there is any; both quoted-printable in UTF-8."""
    boundary = f"=_{message.uuid.hex}"
    lines = [f"{name}: {value}".encode() for name, value in headers_of(message)]
    if not message.body_html:
        return b"\r\n".join([*lines, *part_of("plain", message.body_text)])
    lines += [f'Content-Type: multipart/alternative; boundary="{boundary}"'.encode(), b"", f"--{boundary}".encode()]
    lines += [*part_of("plain", message.body_text), f"--{boundary}".encode()]
    lines += [*part_of("html", message.body_html), f"--{boundary}--".encode(), b""]
    return b"\r\n".join(lines)


def headers_of(message: Message) -> list[tuple[str, str]]:
    """Every header but those of the content. SECURITY: each value is one clean line, in ASCII."""
    name, address = parseaddr(message.sender or settings.DEFAULT_FROM_EMAIL)
    rows = [
        ("From", formataddr((clean_header(name), address), _UTF8)),
        ("To", message.recipient),
        ("Subject", in_ascii(clean_header(message.subject))),
        ("Date", format_datetime(timezone.now())),
        ("Message-ID", message.message_id),
    ]
    if reply_to := message.reply_to or own_address(message):
        rows.append(("Reply-To", reply_to))
    if message.is_automated:
        rows.append(("Auto-Submitted", "auto-generated"))
    rows += [(header, in_ascii(clean_header(value, limit=900))) for header, value in message.headers.items()]
    return [*rows, ("MIME-Version", "1.0")]


def in_ascii(value: str) -> str:
    """A header's value; words beyond ASCII are encoded as RFC 2047 wants them, folded at 76 characters."""
    return value if value.isascii() else Header(value, _UTF8, maxlinelen=70).encode(linesep="\r\n")


def part_of(subtype: str, text: str) -> list[bytes]:
    """One part of the body with its headers. Bare line ends become CRLF, and no line is longer than 76 characters."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n") + "\n"
    quoted = binascii.b2a_qp(plain.encode("utf-8", "replace"), quotetabs=False, istext=True)
    return [
        f'Content-Type: text/{subtype}; charset="utf-8"'.encode(),
        b"Content-Transfer-Encoding: quoted-printable",
        b"",
        quoted.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    ]


def own_address(message: Message) -> str:
    """An address of ours that names this one message, for what comes back; "" without `MAIL_RETURN_ADDRESS`."""
    return reply_address(settings.OUTBOX_RETURN_ADDRESS, message.uuid.hex, return_mark(message.uuid))


def return_mark(name: uuid.UUID) -> str:
    """SECURITY: without this mark anybody could make an address that names a message of ours."""
    return hmac.new(settings.SECRET_KEY.encode(), b"return:" + name.bytes, hashlib.sha256).hexdigest()[:12]
