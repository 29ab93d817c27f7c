"""Mail by SMTP. The only undecidable moment is between the first byte of the body and the server's answer to it."""

import re
import smtplib
import ssl
from email.utils import parseaddr

from django.conf import settings

from outbox.formulas import clean_header
from outbox.formulas.pace import SLOW_DOWN
from outbox.models import Message, State
from outbox.services.couriers import Outcome, refused, retry, undecidable
from outbox.services.dkim import sign_mail
from outbox.services.mime import build_mail, own_address

CONNECT_SECONDS = 15
ANSWER_SECONDS = 30
START_MAIL_INPUT = 354
OK = 250
TAKEN = (OK, 251)


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
        content = build_mail(message)
        if settings.OUTBOX_DKIM is not None:
            content = sign_mail(content, settings.OUTBOX_DKIM)
        content = re.sub(rb"(?m)^\.", b"..", content)
        try:
            server = self.connect()
            self.open_envelope(server, message)
        except smtplib.SMTPResponseException as error:
            self.close()
            detail = f"{error.smtp_code} {text_of(error.smtp_error)}"
            return refused(detail) if is_final(error) else later(error.smtp_code, detail)
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
        return refused(detail) if code >= 500 else later(code, detail)

    def open_envelope(self, server: smtplib.SMTP, message: Message) -> None:
        """MAIL, RCPT and DATA, up to the server's go-ahead. Raises SMTPResponseException for any other answer."""
        sender = own_address(message) or parseaddr(message.sender or settings.DEFAULT_FROM_EMAIL)[1]
        if server.has_extn("pipelining"):
            lines = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{message.recipient}>", "DATA")
            server.send("".join(f"{line}\r\n" for line in lines))
            answers = [server.getreply() for _line in lines]
        else:
            answers = [server.mail(sender), server.rcpt(message.recipient)]
            if all(code in TAKEN for code, _answer in answers):
                answers.append(server.docmd("DATA"))
        refusals = [answer for answer in answers[:2] if answer[0] not in TAKEN]
        refusals += [answer for answer in answers[2:] if answer[0] != START_MAIL_INPUT]
        if refusals:
            if answers[-1][0] == START_MAIL_INPUT:
                server.docmd(".")  # it waits for a body that nobody shall get
            raise smtplib.SMTPResponseException(*refusals[0])

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


def later(code: int, detail: str) -> Outcome:
    """Worth another try; some answers ask for patience with all mail to the domain."""
    return retry(detail, is_receiver_down=code in SLOW_DOWN)


def text_of(answer: bytes | str) -> str:
    """A server's words, as one line."""
    return clean_header(answer.decode(errors="replace") if isinstance(answer, bytes) else answer)


def mail_courier() -> KeepingCourier | SmtpCourier:
    """The courier that the settings call for."""
    return SmtpCourier(settings.OUTBOX_SMTP) if settings.OUTBOX_SMTP else KeepingCourier()
