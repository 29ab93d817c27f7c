"""What a mail that comes in is, read from its bytes alone."""

import time

import pytest

from outbox.formulas.bounces import REASONS, is_hard, reason_of, rest_after
from outbox.formulas.inbound import LARGEST, read_mail
from outbox.formulas.quotes import new_words
from tests.outbox.letters import NORA, OUR_ID, answer, arf, dsn, qmail

# A server's words, and what they mean.
WORDS = [
    ("550 5.1.1 <x@y.example>: Recipient address rejected: User unknown in local recipient table", "user_unknown"),
    ("550-5.1.1 The email account that you tried to reach does not exist.", "user_unknown"),
    (
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@y.example not found by SMTP address lookup",
        "user_unknown",
    ),
    ("550 5.4.1 Recipient address rejected: Access denied.", "user_unknown"),
    ("554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.example)", "user_unknown"),
    ("550 No such user here", "user_unknown"),
    ("Host or domain name not found. Name service error for name=gone.example type=MX: Host not found", "host_unknown"),
    ("550 5.1.2 Bad destination system", "host_unknown"),
    ("550 5.2.1 The email account that you tried to reach is disabled.", "moved"),
    ("551 user has moved, please try x@z.example", "moved"),
    ("550 The person no longer works here", "moved"),
    ("552 5.2.2 The email account that you tried to reach is over quota", "mailbox_full"),
    ("550 5.7.1 mailbox full", "mailbox_full"),
    ("550 5.1.1 Mailbox is full", "mailbox_full"),
    ("delivery temporarily suspended: connect to mx.y.example: Connection refused", "expired"),
    ("450 4.2.0 <x@y.example>: Recipient address rejected: Greylisted, see http://postgrey", "greylisted"),
    ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "blocked"),
    ("550 5.7.1 Our system has detected that this message is likely unsolicited mail: spam", "spam"),
    ("550-5.7.26 This mail is unauthenticated, which poses a security risk", "sender"),
    ("550 5.7.1 Message rejected due to policy", "policy"),
    ("552 5.3.4 Message size exceeds fixed maximum message size", "too_large"),
    ("554 5.4.6 Too many hops", "loop"),
    ("", "unclear"),
    ("550 go away", "unclear"),
    ("450 4.1.1 <x@y.example>: User unknown", "unclear"),
]


@pytest.mark.parametrize(("words", "reason"), WORDS)
def test_a_servers_words_have_a_reason(words: str, reason: str) -> None:
    assert reason_of(words) == reason
    assert reason in REASONS


@pytest.mark.parametrize(
    ("status", "hard"), [("5.1.1", True), ("5.0.0", False), ("5.2.2", False), ("5.7.1", False), ("4.1.1", False)]
)
def test_a_status_of_five_alone_is_not_hard(status: str, hard: bool) -> None:
    assert is_hard(reason_of("", status)) is hard


def test_a_rest_grows_and_ends() -> None:
    assert [rest_after(number).days for number in range(6)] == [1, 3, 7, 14, 14, 14]
    assert [rest_after(number, "blocked").days for number in range(3)] == [1, 1, 1]


def test_a_delivery_report_names_address_reason_and_our_mail() -> None:
    read = read_mail(dsn())
    assert (read.kind, read.failure.address, read.failure.status) == ("bounce", NORA, "5.1.1")
    assert read.names == (OUR_ID,)
    assert "user unknown" in read.failure.words


def test_a_report_of_delay_is_no_bounce() -> None:
    assert read_mail(dsn(action="delayed", status="4.4.1")).kind == "auto_reply"


def test_a_bounce_without_a_standard_is_found() -> None:
    read = read_mail(qmail())
    assert (read.kind, read.failure.address, read.names) == ("bounce", NORA, (OUR_ID,))
    assert is_hard(reason_of(read.failure.words))


def test_a_complaint_is_one() -> None:
    read = read_mail(arf())
    assert (read.kind, read.failure.address, read.names) == ("complaint", NORA, (OUR_ID,))
    assert read_mail(arf().replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam")).kind != "complaint"


AUTOMATIC = [
    answer("Back on Monday.", Auto_Submitted="auto-replied"),
    answer("Back on Monday.", Auto_Submitted="auto-generated (vacation)"),
    answer("Back on Monday.", X_Autoreply="yes"),
    answer("Back on Monday.", Precedence="bulk"),
    answer("Back on Monday.", Return_Path="<>"),
    *(
        answer("Kind regards", subject=subject)
        for subject in (
            *("Automatic reply: One question", "Out of Office Re: One question", "AW: Automatische Antwort: Frage"),
            *("Autosvar: Et spørgsmål", "Ikke til stede", "Réponse automatique : Une question", "Fuera de la oficina"),
            *("Resposta automática: Pergunta", "Afwezig: vraag", "自动回复: 一个问题", "RE: Automatisk svar: hej"),
        )
    ),
    *(
        answer(words)
        for words in (
            *("I am currently out of the office until 3 December.", "Ich bin bis zum 3. Dezember nicht im Büro."),
            *("Jeg er på ferie til den 3.", "Je suis absente jusqu'au 3 décembre.", "Estoy fuera de la oficina."),
            *("Estou de férias até dia 3.", "Ik ben tot 3 december afwezig.", "我正在休假，12月3日回来。"),
        )
    ),
]


@pytest.mark.parametrize("raw", AUTOMATIC)
def test_an_automatic_answer_is_told_from_a_persons(raw: bytes) -> None:
    assert read_mail(raw).kind == "auto_reply"


@pytest.mark.parametrize(
    "words",
    [
        "9, but the export is slow",
        "We were on holiday when it broke, and nobody could export.",
        "The office tool is out of date.",
        "Thank you for your mail! It is great.",
        "导出太慢了",
    ],
)
def test_a_person_is_a_person(words: str) -> None:
    read = read_mail(answer(words, Auto_Submitted="no"))
    assert (read.kind, read.words) == ("answer", words)


QUOTES = [
    "9, slow\n\nOn Mon, Mar 3, 2025 at 10:12 AM Lakeside Planning <x@y.example> wrote:\n> How likely",
    "9, slow\n\nDen man. 3. mar. 2025 kl. 10.12 skrev Lakeside <x@y.example>:\n> Hvor sandsynligt",
    "9, slow\n\nLe lun. 3 mars 2025 à 10:12, Lakeside Planning <x@y.example> a\nécrit :\n\n> Quelle",
    "9, slow\n\nEl lun, 3 mar 2025 a las 10:12, Lakeside (<x@y.example>)\nescribió:\n> Cuál",
    "9, slow\n\nEm seg., 3 de mar. de 2025 às 10:12, Lakeside <x@y.example> escreveu:\n\n> Qual",
    "9, slow\n\nOp ma 3 mrt 2025 om 10:12 schreef Lakeside <x@y.example>:\n> Hoe",
    "9, slow\n\nLakeside <x@y.example> 于2025年3月3日周一 10:12写道：\n> 您有多",
    "9, slow\n\n发件人: Lakeside\n发送时间: 2025年3月3日\n收件人: Nora\n\n您有多",
    "9, slow\r\n\r\nFrom: Lakeside <x@y.example>\r\nSent: Monday\r\nTo: Nora\r\n\r\nHow likely",
    "9, slow\n\n-----Oprindelig meddelelse-----\nFra: Lakeside\n",
    "9, slow\n\n-- \nNora Nielsen\nCFO",
    "9, slow\n\nSent from my iPhone",
    "9, slow\n\n________________________________\nFrom: Lakeside\n",
]


@pytest.mark.parametrize("text", QUOTES)
def test_quotes_and_signatures_are_not_what_somebody_wrote(text: str) -> None:
    assert new_words(text) == "9, slow"


def test_html_alone_is_read_up_to_its_quote() -> None:
    raw = answer("x").replace(b"text/plain", b"text/html").replace(
        b"x\n", b'<p>9, but<br>slow</p><style>p{}</style><div class="gmail_quote">On Monday we wrote: 3</div>\n'
    )  # fmt: skip
    assert read_mail(raw).words == "9, but\nslow"


def nested(depth: int) -> bytes:
    """Parts within parts within parts."""
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return f"From: x@y.example\nMessage-ID: <bomb@y.example>\n{head}".encode()


HOSTILE = {
    "nested": nested(5000),
    "many parts": b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 100_000,
    "huge header": b"Subject: " + b"a" * 900_000 + b"\n\nx",
    "many headers": b"".join(b"X-%d: y\n" % number for number in range(60_000)) + b"\nx",
    "folded header": b"Subject: a\n" + b" b\n" * 200_000 + b"\nx",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 4000 + b"\n\nx",
    "references": b"References: " + b"<a@b> " * 10_000 + b"\n\nx",
    "addresses": b"From: " + b"((((((((" * 7000 + b"\n\nx",
    "no boundary": b"Content-Type: multipart/mixed\n\nx",
    "wrong boundary": b'Content-Type: multipart/report; report-type=delivery-status; boundary="a"\n\n--b\n\nx',
    "unknown charset": b"Content-Type: text/plain; charset=zlib_codec\n\nx\x9c",
    "idna charset": b"Content-Type: text/plain; charset=idna\n\n" + b"a" * 900_000,
    "utf-7": b"Content-Type: text/plain; charset=utf-7\n\n+ADw-script+AD4-",
    "broken base64": b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n====!!!!",
    "broken word": b"Subject: =?utf-8?b?!!!!?= =?x?q?\n\nx",
    "no utf-8": b"Subject: \xff\xfe\n\n\xff\xfe\x00",
    "nul": b"Subject: a\x00b\n\na\x00b",
    "surrogates": b"Subject: a\n\n" + b"\xed\xa0\x80",
    "quotes": b"Subject: a\n\n" + b">" * 500_000,
    "lines": b"Subject: a\n\nOn " + b"a b " * 200_000,
    "dates": b"Date: Mon, 99 Foo 99999 99:99:99 +9999\n\nx",
    "unclosed tags": b"Content-Type: text/html\n\n" + b"<div " * 150_000,
    "styles": b"Content-Type: text/html\n\n" + b"<style>" * 100_000,
    "empty": b"",
    "no head": b"\n\nx",
    "noise": bytes(range(256)) * 3000,
    "delivery status": b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 50_000,
    "bounce words": b"Subject: failure notice\nFrom: mailer-daemon@x.example\n\n" + b"<a@b.example>:\n550 x\n" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_or_left_but_never_breaks_or_stalls(name: str) -> None:
    raw = HOSTILE[name][:LARGEST]
    begins = time.process_time()
    read = read_mail(raw)
    assert time.process_time() - begins < 3
    assert read.kind in {"answer", "auto_reply", "bounce", "unreadable"}
    assert len(read.message_id) <= 300
    text = f"{read.text}{read.words}{read.subject}{read.sender}{read.message_id}{read.failure}"
    assert "\x00" not in text
    text.encode()


def test_a_mail_without_a_name_is_named_by_its_content() -> None:
    raw = b"From: x@y.example\n\nhello"
    assert read_mail(raw).message_id == read_mail(raw).message_id != read_mail(raw + b"!").message_id
