"""A survey answered by writing back: "9, but the export is slow"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LEAD: Final = re.compile(
    r"^(?:(?:hi|hello|hey|dear|hej|kære|hallo|bonjour|hola|olá|你好|您好)[^\n\d]{0,60}[,!.\n，！。]\s*)?"
    r"(?:(?:(?:my |our )?(?:score|rating|answer|vote)|i(?:'d| would)? (?:say|give (?:you|it)|rate it)|it'?s|"
    r"that'?s|"
    r"(?:min |vores )?(?:score|karakter|vurdering|svar)|jeg (?:giver|siger|vil give)(?: jer| det)?|et|en|"
    r"note|nota|puntuación|评分|打分|分数|我(?:给|打|选)|给)\s*(?:is|er|:|：|=|a|an|et|en|of)?\s*(?:a |an |et |en )?)?",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"(?P<number>\d{1,2})(?![\d:])(?!\s*[.,]\d)(?!\s*%)(?!\s*(?:years?|days?|weeks?|months?|hours?|minutes?|"
    r"times?|users?|people|"
    r"år|dage|uger|måneder|timer|gange|brugere|年|天|个|月|周|次|人|小时|x\b))"
    r"(?P<of>\s*(?:/|out of|of|ud af|af|von|sur|de|van)\s*(?P<top>\d{1,2})\b)?(?:\s*(?:points?|分))?"
    r"(?![A-Za-zÀ-ž0-9_])",
    re.IGNORECASE,
)
_JOIN: Final = re.compile(
    r"^[\s,.;:!\-–—，。；：！*_]+|^(?:but|men|aber|mais|pero|mas|maar|但是?|不过)\b\s*", re.IGNORECASE
)
# A word right behind the number counts things ("2 tickets are open") unless it begins a reason or a thank-you.
_COUNTS: Final = re.compile(
    r"^[ \t]+(?!(?:but|because|as|since|and|though|thank\w*|for|from|ok|good|great|fine|men|fordi|da|og|tak|fra|"
    r"mais|car|parce|et|merci|pero|porque|y|gracias|mas|pois|e|obrigad\w|maar|omdat|en|dank\w*|bedankt|aber|weil|und|"
    r"super|perfect|excellent)\b)[A-Za-zÀ-ž]",
    re.IGNORECASE,
)
_STOP: Final = re.compile(
    r"^\W*(?:please\s+)?(?:unsubscribe(?: me)?|stop(?: (?:it|these|mailing me|e?-?mails?|"
    r"sending (?:me )?(?:these )?mails?))?|"
    r"remove me(?: from (?:this|the|your) (?:mailing )?list)?|opt[ -]?out|take me off (?:this|the|your) list|"
    r"afmeld(?: mig)?|stop (?:venligst|mails)|ikke flere mails|abmelden|abbestellen|désabonner|désinscri\w+|"
    r"darme de baja|baja|cancelar (?:subscrição|inscrição)|afmelden|uitschrijven|"
    r"退订|取消订阅|不要再发(?:了|邮件)?|别再发了?|td)(?:\s*(?:please|thanks|thank you|tak|谢谢))?\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class MailAnswer:
    """The number that somebody wrote, and the words beside it."""

    number: int | None
    words: str


def read_mail_answer(words: str, scale: Sequence[int]) -> MailAnswer:
    """The answer in the newest words of a mail: a number at the beginning that stands on the scale, then a comment.

    In doubt there is no number: "2 users cannot log in", "9.5", "10:30", "8/5", "8 %" are words.
    """
    text = words.strip()
    lead = _LEAD.match(text)
    begins = lead.end() if lead else 0
    found = _NUMBER.match(text, begins) or _NUMBER.match(text)
    if found is None or int(found["number"]) not in scale or (found["top"] and int(found["top"]) != max(scale)):
        return MailAnswer(None, text)
    rest = text[found.end() :]
    if _COUNTS.match(rest):
        return MailAnswer(None, text)
    while (shorter := _JOIN.sub("", rest, count=1)) != rest and not shorter.startswith(rest):
        rest = shorter
        if _JOIN.match(rest) is None:
            break
    return MailAnswer(int(found["number"]), rest.strip())


def asks_to_stop(words: str) -> bool:
    """The whole answer is a wish for no more mail. A sentence that only holds such a word is not."""
    return len(words) < 120 and bool(_STOP.match(words.strip()))
