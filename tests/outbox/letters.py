"""Mails as they come in, written for the tests: bounces of many servers, complaints, auto-replies, answers."""

from email.message import EmailMessage
from email.utils import format_datetime

from django.utils import timezone

OUR_ID = "<00000000-0000-4000-8000-000000000001@127.0.0.1>"
US = "mail@vendor.example"
NORA = "nora@customer.example"


def answer(
    words: str,
    *,
    sender: str = NORA,
    names: str = OUR_ID,
    number: int = 1,
    subject: str = "Re: One question",
    **headers: str,
) -> bytes:
    """What a person writes back."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, US, subject
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = f"<answer-{number}@customer.example>"
    if names:
        mail["In-Reply-To"] = mail["References"] = names
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    return mail.as_bytes()


def dsn(
    *,
    address: str = NORA,
    status: str = "5.1.1",
    said: str = "",
    action: str = "failed",
    names: str = OUR_ID,
    number: int = 1,
) -> bytes:
    """A delivery report as RFC 3464 has it, with the headers of our mail behind it."""
    said = said or f"smtp; 550 {status} <{address}>: Recipient address rejected: User unknown in local recipient table"
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.customer.example (Mail Delivery System)
To: {US}
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-{number}@mx.customer.example>
Date: Sun, 22 Nov 2026 01:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example
Arrival-Date: Sun, 22 Nov 2026 00:59:00 +0000

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Diagnostic-Code: {said}

--b
Content-Type: text/rfc822-headers

From: Lakeside Planning <mail@vendor.example>
To: {address}
Subject: One question
Message-ID: {names}

--b--
""".encode()


def qmail(*, address: str = NORA, said: str = "550 sorry, no mailbox here by that name", names: str = OUR_ID) -> bytes:
    """A bounce that follows no standard, as qmail has written it for thirty years."""
    return f"""From: MAILER-DAEMON@mx.customer.example
To: {US}
Subject: failure notice
Message-ID: <qmail-1@mx.customer.example>

Hi. This is the qmail-send program at mx.customer.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
{said}

--- Below this line is a copy of the message.

Return-Path: <mail@vendor.example>
From: Lakeside Planning <mail@vendor.example>
To: {address}
Subject: One question
Message-ID: {names}

How likely are you to recommend us?
""".encode()


def arf(*, address: str = NORA, names: str = OUR_ID) -> bytes:
    """A complaint as RFC 5965 has it; `names` may be empty, as some providers hide it."""
    original = f"Message-ID: {names}\n" if names else ""
    return f"""From: complaints@provider.example
To: abuse@vendor.example
Subject: FW: One question
Message-ID: <arf-1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report for an email message received from 192.0.2.1.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <{address}>

--b
Content-Type: message/rfc822

From: Lakeside Planning <mail@vendor.example>
To: {address}
Subject: One question
{original}
How likely are you to recommend us?
--b--
""".encode()
