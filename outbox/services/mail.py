"""Mail by SMTP. The only undecidable moment is between the first byte of the body and the server's answer to it."""

import email.policy
import re
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.utils import timezone

from outbox.formulas import clean_header
from outbox.models import Message, State
from outbox.services.couriers import Outcome, refused, retry, undecidable

CONNECT_SECONDS = 15
ANSWER_SECONDS = 30
START_MAIL_INPUT = 354
OK = 250


def build_mail(message: Message) -> EmailMessage:
    """The MIME form of a message: text, and HTML beside it when there is any."""
    mail = EmailMessage(policy=email.policy.SMTP)
    name, address = parseaddr(message.sender or settings.DEFAULT_FROM_EMAIL)
    mail["From"] = formataddr((clean_header(name), address))
    mail["To"] = message.recipient
    mail["Subject"] = clean_header(message.subject)
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = message.message_id
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    if message.is_automated:
        mail["Auto-Submitted"] = "auto-generated"
    for header, value in message.headers.items():
        mail[header] = clean_header(value, limit=900)
    mail.set_content(message.body_text, cte="quoted-printable")
    if message.body_html:
        mail.add_alternative(message.body_html, subtype="html", cte="quoted-printable")
    return mail


class KeepingCourier:
    """No mail server is set: mail is kept for reading."""

    def deliver(self, message: Message) -> Outcome:
        """Keep it."""
        return Outcome(State.KEPT)

    def close(self) -> None:
        """Nothing is held open."""


class SmtpCourier:
    """One SMTP connection, reused from mail to mail and opened anew after any trouble."""

    def __init__(self, config: dict[str, object]) -> None:
        self.config = config
        self.server: smtplib.SMTP | None = None

    def deliver(self, message: Message) -> Outcome:
        """Hand one mail over. Everything before the body is certain: refused for good, or worth another try."""
        content = re.sub(rb"(?m)^\.", b"..", build_mail(message).as_bytes())
        try:
            server = self.connect()
            self.open_envelope(server, message)
        except smtplib.SMTPResponseException as error:
            self.close()
            detail = f"{error.smtp_code} {text_of(error.smtp_error)}"
            return refused(detail) if is_final(error) else retry(detail)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return retry(f"{type(error).__name__}: {error}")
        try:
            server.send(content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"))
            code, answer = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return undecidable(f"{type(error).__name__} after the body was sent: {error}")
        detail = f"{code} {text_of(answer)}"
        if code == OK:
            return Outcome(State.SENT, detail[:1000])
        self.close()
        return refused(detail) if code >= 500 else retry(detail)

    def open_envelope(self, server: smtplib.SMTP, message: Message) -> None:
        """MAIL, RCPT and DATA, up to the server's go-ahead. Raises SMTPResponseException for any other answer."""
        sender = parseaddr(message.sender or settings.DEFAULT_FROM_EMAIL)[1]
        for code, answer in (server.mail(sender), server.rcpt(message.recipient)):
            if code not in (OK, 251):
                raise smtplib.SMTPResponseException(code, answer)
        code, answer = server.docmd("DATA")
        if code != START_MAIL_INPUT:
            raise smtplib.SMTPResponseException(code, answer)

    def connect(self) -> smtplib.SMTP:
        """The open connection, or a new one with TLS and log-in as the settings say."""
        if self.server is not None:
            return self.server
        host, port = str(self.config["EMAIL_HOST"]), int(str(self.config.get("EMAIL_PORT") or 25))
        context = ssl.create_default_context()
        if self.config.get("EMAIL_USE_SSL"):
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=CONNECT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=CONNECT_SECONDS)
        self.server = server
        if server.sock is not None:
            server.sock.settimeout(ANSWER_SECONDS)
        server.ehlo_or_helo_if_needed()
        if self.config.get("EMAIL_USE_TLS"):
            server.starttls(context=context)
        if self.config.get("EMAIL_HOST_USER"):
            server.login(str(self.config["EMAIL_HOST_USER"]), str(self.config.get("EMAIL_HOST_PASSWORD") or ""))
        return server

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        server, self.server = self.server, None
        if server is None:
            return
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def is_final(error: smtplib.SMTPResponseException) -> bool:
    """A 5xx answer about this mail is final; a 5xx at greeting or log-in is the server's trouble, not the mail's."""
    return error.smtp_code >= 500 and not isinstance(
        error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError
    )


def text_of(answer: bytes | str) -> str:
    """A server's words, as one line."""
    return clean_header(answer.decode(errors="replace") if isinstance(answer, bytes) else answer)


def mail_courier() -> KeepingCourier | SmtpCourier:
    """The courier that the settings call for."""
    return SmtpCourier(settings.OUTBOX_SMTP) if settings.OUTBOX_SMTP else KeepingCourier()
