"""Webhooks and chat: one POST, guarded against addresses inside the network, never redirected, with an end."""

import base64
import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import queue
import threading
import time
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from standardwebhooks import Webhook

from outbox.formulas import clean_header
from outbox.models import Channel, Message, State
from outbox.services.couriers import Outcome, refused, retry, undecidable

CONNECT_SECONDS = 5
READ_SECONDS = 10
WHOLE_CALL_SECONDS = 20
KEPT_ANSWER_BYTES = 1024
PORTS = frozenset({80, 443, 8080, 8443})
TOO_MANY_REQUESTS = 429
GONE = 410
USER_AGENT = "Perennial-Webhooks/1"


class PublicAddressAdapter(IPFilterAdapter):  # type: ignore[misc]
    """Connects to the address that was checked, and to public ones alone."""

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """SECURITY: the library lets ::7f00:1 and reserved ranges through; only globally routed addresses pass here."""
        host_params, pool_kwargs = super().build_connection_pool_key_attributes(*args, **kwargs)
        address = ipaddress.ip_address(str(host_params["host"]).strip("[]"))
        if not is_public(address):
            raise InvalidIPAddress(address)
        return host_params, pool_kwargs


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is out on the internet, also when an IPv4 one hides in an IPv6 one."""
    if isinstance(address, ipaddress.IPv6Address):
        packed = address.packed
        if address.ipv4_mapped or packed[:12] == bytes(12):
            return is_public(ipaddress.IPv4Address(packed[12:]))
    return address.is_global and not (address.is_reserved or address.is_multicast or address.is_unspecified)


def open_session(url: str, *, private: Collection[str] | None = None) -> requests.Session:
    """A session that reaches public addresses only, or the receivers that the operator named in the settings.

    `private`: the host:port inside the network that may be reached; OUTBOX_PRIVATE_RECEIVERS when it is not given.

    Raises InvalidIPAddress for a port that no receiver uses.
    """
    session: requests.Session = HTTPSession(
        Config(
            ip_filter_enable=False,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT_SECONDS, READ_SECONDS),
            user_agent_override=USER_AGENT,
        )
    )
    session.trust_env = False  # SECURITY: a proxy from the environment would resolve names behind our back
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if f"{parts.hostname}:{port}" in (settings.OUTBOX_PRIVATE_RECEIVERS if private is None else private):
        return session
    if port not in PORTS:
        raise InvalidIPAddress(f"port {port} is not allowed")
    session.mount("http://", PublicAddressAdapter(is_https_proto=False))
    session.mount("https://", PublicAddressAdapter(is_https_proto=True))
    return session


def webhook_secret(lane: str) -> str:
    """The signing secret of a receiver (`whsec_...`), derived from SECRET_KEY: nothing is stored, nothing can leak."""
    key = hmac.new(settings.SECRET_KEY.encode(), f"webhook:{lane}".encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(key).decode()}"


def sign_call(message: Message, body: str) -> dict[str, str]:
    """The three headers of Standard Webhooks. `webhook-id` stays the same over all attempts."""
    at = timezone.now().astimezone(dt.UTC).replace(microsecond=0)
    return {
        "webhook-id": str(message.uuid),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(webhook_secret(message.lane)).sign(str(message.uuid), at, body),
    }


class CallCourier:
    """Webhooks and chat messages, one call after the other."""

    def deliver(self, message: Message) -> Outcome:
        """Call the receiver once, in at most WHOLE_CALL_SECONDS, however slowly it drips its answer."""
        address = real_address(message)
        if address is None:
            return refused("that address was taken away")
        answers: queue.Queue[Outcome] = queue.Queue()
        caller = threading.Thread(target=lambda: answers.put(call(message, address)), daemon=True)
        caller.start()
        try:
            return answers.get(timeout=WHOLE_CALL_SECONDS)
        except queue.Empty:
            return unanswered(message, f"no answer within {WHOLE_CALL_SECONDS} s")

    def close(self) -> None:
        """Nothing is held open."""


def real_address(message: Message) -> str | None:
    """Where a message goes: `recipient`, or what the address book knows behind a name such as room:7."""
    if "://" in message.recipient or not settings.OUTBOX_ADDRESS_BOOK:
        return message.recipient
    found: str | None = import_string(settings.OUTBOX_ADDRESS_BOOK)(message.recipient)
    return found


def call(message: Message, address: str) -> Outcome:
    """One POST. Asks the database nothing: it runs in a thread of its own."""
    body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":"))
    headers = {"Content-Type": "application/json"}
    if message.channel == Channel.WEBHOOK:
        headers |= sign_call(message, body)
    try:
        with (
            open_session(address) as session,
            session.post(address, data=body.encode(), headers=headers, stream=True) as answer,
        ):
            return judge_answer(answer)
    except (InvalidIPAddress, requests.exceptions.InvalidURL) as error:
        return refused(f"address not allowed: {clean_header(str(error))}")
    except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
        return retry(type(error).__name__, is_receiver_down=True)
    except requests.ConnectionError as error:
        if "Connection refused" in str(error) or "Failed to resolve" in str(error):
            return retry("connection refused or name unknown", is_receiver_down=True)
        return unanswered(message, "connection lost")
    except (requests.RequestException, OSError, UnicodeError) as error:
        return unanswered(message, type(error).__name__)


def unanswered(message: Message, detail: str) -> Outcome:
    """The receiver may have got it. A webhook is repeated under its id; a chat line is not: a person decides."""
    if message.channel == Channel.WEBHOOK:
        return retry(detail, is_receiver_down=True)
    return undecidable(detail)


def judge_answer(answer: requests.Response) -> Outcome:
    """2xx is delivered; 410 and other 4xx are final; 429, 5xx and redirects are tried again."""
    code = answer.status_code
    detail = f"{code} {first_bytes(answer)}".strip()
    if 200 <= code < 300:
        return Outcome(State.SENT, detail)
    if code in (TOO_MANY_REQUESTS, 503):
        return retry(detail, wait=retry_after(answer.headers.get("Retry-After", "")), is_receiver_down=True)
    if code >= 500:
        return retry(detail, is_receiver_down=True)
    if 300 <= code < 400 or code in (408, 425):
        return retry(f"{detail} (not followed)" if code < 400 else detail)
    return refused(detail)


def first_bytes(answer: requests.Response) -> str:
    """The beginning of an answer, for the log of attempts; a slow one is cut off."""
    end = time.monotonic() + READ_SECONDS
    kept = b""
    for piece in answer.iter_content(128):
        kept += piece
        if len(kept) >= KEPT_ANSWER_BYTES or time.monotonic() > end:
            break
    return clean_header(kept[:KEPT_ANSWER_BYTES].decode(errors="replace"), limit=900)


def retry_after(value: str) -> int | None:
    """Seconds named by a Retry-After header in its number form, at most a day; None for anything else."""
    return min(int(value), 86400) if value.isascii() and value.isdigit() and len(value) < 9 else None
