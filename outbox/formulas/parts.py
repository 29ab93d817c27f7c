"""Headers and texts out of a mail that a stranger wrote: each step has an end, nothing it says is trusted."""

import codecs
import contextlib
import html
import re
from collections.abc import Iterator
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message as Mail
from typing import Final

import nh3

LONGEST_VALUE: Final = 2000
LONGEST_PART: Final = 200_000
MOST_PARTS: Final = 60
# SECURITY: others (utf-7, idna, punycode, ...) mean something else to a reader than to us, or take very long.
CHARSETS: Final = re.compile(
    r"utf-?8|us-?ascii|ascii|iso-?8859-?\d{1,2}|latin-?\d|windows-?125\d|cp125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|"
    r"euc-(?:kr|jp)|shift_jis|iso-2022-(?:jp|kr)|utf-?16(?:le|be)?",
    re.IGNORECASE,
)
_BREAKS: Final = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_QUOTE_BEGINS: Final = re.compile(
    r"<blockquote\b|<[a-z]{1,10}\b[^<>]{0,200}(?:gmail_quote|divRplyFwdMsg|moz-cite-prefix|yahoo_quoted|protonmail_quote)",
    re.IGNORECASE,
)


def header(mail: Mail, name: str) -> str:
    """A header's value as one line of text; "" when it is missing or broken."""
    raw = mail.get(name)
    if raw is None:
        return ""
    value = str(raw)[:LONGEST_VALUE]
    with contextlib.suppress(HeaderParseError, MessageError, LookupError, ValueError):  # as it stands, then
        value = str(make_header(decode_header(value)))
    return " ".join(clean(value).split())


def clean(text: str) -> str:
    """Without control characters; lone surrogates and NUL would not go into the database."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else " " for char in text.encode("utf-8", "replace").decode()
    )


def walk(mail: Mail) -> Iterator[Mail]:
    """The mail and its parts, in order, as many as we care to read."""
    for number, part in enumerate(mail.walk()):
        if number >= MOST_PARTS:
            return
        yield part


def text_of(part: Mail) -> str:
    """The text of one part. Unknown encodings are read as UTF-8, what does not fit is replaced."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    name = str(part.get_content_charset() or "utf-8")
    try:
        known = codecs.lookup(name).name if CHARSETS.fullmatch(name) else "utf-8"
    except LookupError:
        known = "utf-8"
    return clean(payload[:LONGEST_PART].decode(known, "replace").replace("\r\n", "\n").replace("\r", "\n"))


def words_of(mail: Mail) -> str:
    """The first plain text that is no attachment, else the first HTML as text, up to where it quotes."""
    parts = [part for part in walk(mail) if part.get_content_disposition() != "attachment"]
    for part in parts:
        if part.get_content_type() == "text/plain" and (text := text_of(part)).strip():
            return text
    for part in parts:
        if part.get_content_type() == "text/html":
            return plain_text(text_of(part))
    return ""


def plain_text(markup: str) -> str:
    """HTML as lines of text, without what it quotes."""
    markup = markup[:LONGEST_PART]
    if found := _QUOTE_BEGINS.search(markup):
        markup = markup[: found.start()]
    markup = _BREAKS.sub("\n", markup.replace("\n", " "))
    text = html.unescape(nh3.clean(markup, tags=set(), clean_content_tags={"script", "style", "title"}))
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
