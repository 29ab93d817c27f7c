"""Putting things into the outbox: call these inside the transaction of the cause."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.formulas import check_headers, clean_header, stable_uuid
from outbox.models import Channel, Message

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

MAIL_LIVES = dt.timedelta(days=3)
WEBHOOK_LIVES = dt.timedelta(days=4)
CHAT_LIVES = dt.timedelta(days=1)


class InvalidRecipient(ValueError):
    """The address cannot receive anything."""


def enqueue_mail(
    *,
    kind: str,
    recipient: str,
    subject: str,
    body_text: str,
    body_html: str = "",
    dedupe_key: str | None = None,
    subject_ref: str = "",
    headers: dict[str, str] | None = None,
    sender: str = "",
    reply_to: str = "",
    is_automated: bool = True,
    priority: int = 5,
    due_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    secrets: Iterable[str] = (),
    created_by: "AbstractBaseUser | None" = None,
) -> Message:
    """Store one mail to one address; a worker sends it after the commit.

    Idempotent per `dedupe_key`: the second call returns the first row. `subject_ref` ("contact:7") decides who may read
    it and which gates judge it; `secrets` are tokens in the body that are blotted out once it has gone. It expires
    unsent after three days unless `expires_at` says otherwise. Raises InvalidRecipient; ValueError for a bad header.
    """
    address = check_address(recipient)
    return store(
        channel=Channel.MAIL,
        kind=kind,
        recipient=address,
        domain=address.rpartition("@")[2].lower(),
        subject=clean_header(subject),
        body_text=body_text,
        body_html=body_html,
        dedupe_key=dedupe_key,
        subject_ref=subject_ref,
        headers=check_headers(headers or {}),
        sender=clean_header(sender, limit=200),
        reply_to=check_address(reply_to) if reply_to else "",
        is_automated=is_automated,
        priority=priority,
        due_at=due_at or timezone.now(),
        expires_at=expires_at or timezone.now() + MAIL_LIVES,
        secrets=sorted(set(secrets)),
        created_by=created_by,
    )


def enqueue_webhook(
    *,
    kind: str,
    url: str,
    payload: dict[str, Any],
    dedupe_key: str | None = None,
    subject_ref: str = "",
    priority: int = 5,
    expires_at: dt.datetime | None = None,
) -> Message:
    """Store one signed call to a receiver: at-least-once, with a stable `webhook-id`, so that it can drop repeats.

    Raises InvalidRecipient for an address that is not http or https or carries a user name.
    """
    return store(
        channel=Channel.WEBHOOK,
        kind=kind,
        recipient=url,
        lane=lane_of(url),
        payload=payload,
        dedupe_key=dedupe_key,
        subject_ref=subject_ref,
        priority=priority,
        expires_at=expires_at or timezone.now() + WEBHOOK_LIVES,
    )


def enqueue_chat(
    *,
    kind: str,
    url: str,
    text: str,
    dedupe_key: str | None = None,
    subject_ref: str = "",
    expires_at: dt.datetime | None = None,
    address_ref: str = "",
) -> Message:
    """Store one line for a chat's incoming webhook: `{"text": ...}` suits Slack, Teams and Mattermost.

    SECURITY: with `address_ref` the row keeps that name alone; settings.OUTBOX_ADDRESS_BOOK knows the secret address
    behind it when the call leaves. Raises InvalidRecipient.
    """
    return store(
        channel=Channel.CHAT,
        kind=kind,
        recipient=address_ref or url,
        lane=lane_of(url),
        body_text=text,
        payload={"text": text},
        dedupe_key=dedupe_key,
        subject_ref=subject_ref,
        expires_at=expires_at or timezone.now() + CHAT_LIVES,
    )


def store(*, dedupe_key: str | None, **fields: Any) -> Message:
    """Write the row and ring the bell when the caller's transaction commits. Relies on the unique `dedupe_key`."""
    uuid = stable_uuid(dedupe_key, secret=settings.SECRET_KEY)
    fields |= {"uuid": uuid, "message_id": f"<{uuid}@{mail_domain()}>"}
    if dedupe_key is None:
        message = Message.objects.create(**fields)
    else:
        message, is_new = Message.objects.get_or_create(dedupe_key=dedupe_key, defaults=fields)
        if not is_new:
            return message
    ring = import_string(settings.OUTBOX_DOORBELL)
    transaction.on_commit(lambda: ring(message.channel))
    return message


def check_address(address: str) -> str:
    """One mail address, with an ASCII domain. Raises InvalidRecipient."""
    # SECURITY: nothing but a single plain address: no display name, no list, no line break.
    local, at, domain = address.strip().rpartition("@")
    try:
        address = f"{local}{at}{domain.encode('idna').decode() if domain else ''}"
        validate_email(address)
        address.encode("ascii")
    except (ValidationError, UnicodeError) as error:
        raise InvalidRecipient("not a mail address") from error
    return address


def lane_of(url: str) -> str:
    """`host:port` of a receiver. Raises InvalidRecipient."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError) as error:
        raise InvalidRecipient("not a web address") from error
    if not parts.hostname or parts.username is not None or len(url) > 500:
        raise InvalidRecipient("not a web address")
    return f"{parts.hostname.lower()}:{port}"[:255]


def mail_domain() -> str:
    """The domain of this installation, for Message-IDs."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"
