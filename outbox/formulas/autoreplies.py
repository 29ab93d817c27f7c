"""Did a machine write this mail, or a person? By the headers of RFC 3834, else by what such mails say."""

import re
from collections.abc import Mapping
from typing import Final

_HEADERS: Final = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply-from", "x-mail-autoreply")
_PRECEDENCE: Final = frozenset({"auto_reply", "auto-reply", "bulk", "junk", "list"})
_SENDERS: Final = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|autoreply|auto-reply)[@+-]", re.I)
_SUBJECT: Final = re.compile(
    r"^\s*(?:(?:re|aw|sv|vs|tr|rv|antw|回复|答复)\s*[:：]\s*)*\W{0,3}(?:"
    r"auto(?:matic|mated|-|\s)?\s?-?(?:re(?:ply|sponse)|svar|antwort)|autoreply|out of (?:the )?office|ooo\b|"
    r"away from (?:the office|my (?:desk|mail))|on (?:vacation|holiday|leave|parental|maternity)|"
    r"automatische (?:antwort|abwesenheit)|abwesen|nicht im (?:büro|haus)|urlaub|"
    r"automatisk svar|autosvar|ikke til stede|fravær|på ferie|ferie\b|barsel|frånvaro|semester|ikke på kontoret|"
    r"réponse automatique|absent|absence|en congé|"
    r"respuesta autom[aá]tica|fuera de la oficina|ausente|de vacaciones|"
    r"resposta autom[aá]tica|ausência|fora do escritório|ausente do escritório|de férias|"
    r"automatisch (?:antwoord|bericht)|afwezig|niet aanwezig|risposta automatica|fuori ufficio|assente|"
    r"autom[aá]tick[aá] odpověď|odpowiedź automatyczna|poissa|automaattinen|"
    r"自动回复|自動回覆|自动答复|自動返信|不在|休假|外出)",
    re.IGNORECASE,
)
_TEXT: Final = re.compile(
    r"\b(?:i am|i'm|i will be|i'll be|we are) (?:currently |now )?(?:out of (?:the )?office|away (?:from|until|"
    r"on|with)|"
    r"on (?:annual |parental |maternity |paternity |sick )?(?:leave|vacation|holiday))|"
    r"limited access to (?:my )?e-?mail|thank you for (?:your (?:e-?mail|message)|contacting).{0,80}(?:out of|"
    r"away|on leave)|"
    r"this is an auto(?:matic|mated)|"
    r"ich bin (?:bis|vom|ab|derzeit|zur ?zeit|aktuell|momentan).{0,60}(?:nicht|abwesend|urlaub|außer haus)|"
    r"jeg (?:er|holder) .{0,40}(?:ferie|ikke (?:på kontoret|til stede)|barsel|fraværende|kursus)|"
    r"tilbage (?:på kontoret|igen) den|"
    r"je suis (?:actuellement )?(?:absente?|en congés?|en vacances)|"
    r"(?:estoy|estaré) .{0,30}(?:fuera de la oficina|de vacaciones|ausente)|"
    r"(?:estou|estarei) .{0,30}(?:fora do escritório|de férias|ausente)|"
    r"ik ben .{0,40}(?:afwezig|niet aanwezig|met vakantie|op vakantie|met verlof)|"
    r"sono .{0,20}(?:in ferie|fuori ufficio|assente)|"
    r"(?:本人|我)(?:正在|目前|现在)?(?:休假|出差|不在办公室|外出|年假|产假)|收到您的邮件.{0,30}(?:尽快|回复)|您好.{0,10}邮件(?:已|我已)收到",
    re.IGNORECASE | re.DOTALL,
)
_GONE: Final = re.compile(
    r"no longer (?:with|at|works?|working|employed|part of)|(?:has|have) left (?:the company|our company|[A-Z])|"
    r"(?:is|am) leaving (?:the company)|last (?:working )?day (?:was|at)|nicht mehr (?:für|bei|im unternehmen|"
    r"tätig)|"
    r"(?:arbejder|er) ikke længere|er stoppet|(?:er )?fratrådt|ne (?:travaille|fait) plus|a quitté|"
    r"ya no (?:trabaj|forma)|não trabalh[ao] mais|werkt niet (?:meer|langer)|已(?:经)?离职|不再(?:在|担任)",
    re.IGNORECASE,
)


def is_automatic(headers: Mapping[str, str], *, subject: str, words: str) -> bool:
    """Whether a machine answered. `headers`: names in small letters. Only half of such mails carry RFC 3834's header,
    so subject and first words count too."""
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    if submitted not in {"no", ""}:
        return True
    if any(name in headers for name in _HEADERS) or headers.get("x-auto-response-suppress-reply", ""):
        return True
    if headers.get("precedence", "").strip().lower() in _PRECEDENCE or "list-id" in headers:
        return True
    if headers.get("return-path", "x").strip() == "<>" or _SENDERS.match(headers.get("from-address", "")):
        return True
    return bool(_SUBJECT.match(subject[:200]) or _TEXT.search(words[:1500]))


def says_gone(subject: str, words: str) -> bool:
    """An auto-reply tells that the person does not work there any more."""
    return bool(_GONE.search(f"{subject[:200]}\n{words[:2000]}"))
