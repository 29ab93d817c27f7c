"""What somebody wrote anew in an answer: without the quoted mail, the signature and the disclaimer below."""

import re
from typing import Final

from mailparser_reply import EmailReplyParser

LANGUAGES: Final = ("en", "de", "da", "es", "fr", "it", "nl", "sv", "pl", "zh")
LONGEST: Final = 10_000
_AROUND: Final = r".{4,240}?"
# How mail programs introduce what they quote, where the library does not know it or the line is wrapped.
_INTRODUCED: Final = re.compile(
    "|".join(
        rf"^[ \t]*(?:{pattern})"
        for pattern in (
            rf"On {_AROUND}wrote\s*:",
            rf"Am {_AROUND}schrieb{_AROUND}:",
            rf"(?:Den|På|D\.) {_AROUND}skrev{_AROUND}:",
            rf"Le {_AROUND}a\s+écrit\s*:",
            rf"El {_AROUND}escribió\s*:",
            rf"(?:Em|A) {_AROUND}escreveu\s*:",
            rf"(?:Op|Am) {_AROUND}(?:schreef|geschreven)(?:{_AROUND})?:",
            rf"Il {_AROUND}ha\s+scritto\s*:",
            r"[^\n]{0,80}\d{4}\s*年[^\n]{0,160}(?:\n[^\n]{0,120})?写道\s*[:：]",
            r"[^\n]{0,120}(?:于|在)\s*\d{4}[^\n]{0,160}写道\s*[:：]",
            r"-{2,}\s*(?:Original Message|Original-?nachricht|Ursprüngliche Nachricht|Oprindelig (?:meddelelse|"
            r"besked)|"
            r"Message d'origine|Message original|Mensaje original|Mensagem original|Oorspronkelijk bericht|"
            r"Messaggio originale|原始邮件|Forwarded message)",
            r"_{10,}\s*$",
            r"\*?(?:From|Fra|De|Von|Van|Da|发件人|寄件者)\s*[:：]\*?[^\n]{1,200}\n\s*\*?(?:Sent|Date|Sendt|Dato|Envoyé|"
            r"Date|"
            r"Enviado|Enviada|Fecha|Gesendet|Datum|Verzonden|Inviato|Data|发送时间|日期|寄件日期)\s*[:：]",
        )
    ),
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_FOOT: Final = re.compile(
    r"^(?:-- ?|--\s|—\s*)$|^[ \t]*(?:Sent from|Sendt fra|Skickat från|Gesendet von|Von meinem|Envoyé (?:de|depuis)|"
    r"Enviado (?:desde|do|de|a partir)|Verzonden (?:vanaf|vanuit)|Verstuurd vanaf|Inviato da|Get Outlook for|"
    r"Hent Outlook|"
    r"发自我的|从我的|来自我的)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED: Final = re.compile(r"^[ \t]*[>|].*$", re.MULTILINE)


def new_words(text: str) -> str:
    """The newest words of a mail in plain text; "" when it only quotes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")[:LONGEST]
    if found := _INTRODUCED.search(text):
        text = text[: found.start()]
    text = _QUOTED.sub("", text)
    if found := _FOOT.search(text):
        text = text[: found.start()]
    replies = EmailReplyParser(languages=list(LANGUAGES)).read(text).replies
    words = (replies[0].body or "").strip() if replies else ""
    return re.sub(r"\n{3,}", "\n\n", words or ("" if replies else text.strip()))
