"""Mail that a provider posts: is it really from there, and which part of the form is the mail?"""

import base64
import binascii
import hashlib
import hmac
import time

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

PREFIX = "whsec_"
TOLERANCE = 300.0
# Fields in which providers put the raw mail: Mailgun, SendGrid, Postmark and others.
RAW_FIELDS = ("body-mime", "email", "RawEmail", "raw", "mime", "message")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def signed_id(request: HttpRequest, secret: str) -> str:
    """The `webhook-id` of a request that is signed as Standard Webhooks say, "" for any other: HMAC-SHA256 with our
    secret over `id.timestamp.body`, at most five minutes off.

    SECURITY: over the raw body, before anything of it is parsed; a bare scheme other than v1 is not looked at.
    """
    name, stamp = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    if not (0 < len(name) <= 200 and name.isascii() and stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        return ""
    if abs(time.time() - int(stamp)) > TOLERANCE:
        return ""
    wanted = signature_of(request.body, name=name, stamp=stamp, secret=secret)
    given = request.headers.get("webhook-signature", "")[:2000].split()
    return name if any(constant_time_compare(each, wanted) for each in given) else ""


def signature_of(body: bytes, *, name: str, stamp: str, secret: str) -> str:
    """`v1,<base64>`, as it stands in the header. Raises ValueError for a secret that is not base64 after `whsec_`."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX) + "==", validate=False)
    except binascii.Error as error:
        raise ValueError("the secret is not base64") from error
    digest = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def raw_mail(request: HttpRequest) -> bytes:
    """The mail: a form's field or file, else the whole body; b"" when a form holds none."""
    if request.content_type not in FORMS:
        return request.body
    for name in RAW_FIELDS:
        if upload := request.FILES.get(name):
            return bytes(upload.read())
        if text := request.POST.get(name):
            return text.encode("utf-8", "surrogateescape")
    return b""
