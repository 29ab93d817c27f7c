"""The door for providers that post the mail which they took in for us."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from outbox.formulas.inbound import LARGEST
from outbox.http.signed import raw_mail, signed_id
from outbox.models import ReceivedMail
from outbox.services.receiving import TooLarge, receive_mail

# A form carries the mail with up to three bytes for one.
LARGEST_BODY = 3 * LARGEST + 65536


@csrf_exempt
@login_not_required
@require_POST
@never_cache
def mail_received(request: HttpRequest) -> JsonResponse:
    """Take in one raw mail. 404 without a secret in the settings, 401 unsigned, 409 for a call seen before, 413 too
    large, 422 without a mail; 200 once it is committed.

    SECURITY: exempt from CSRF because no cookie counts here: the signature over the raw body is the credential.
    """
    if not settings.MAIL_RECEIVE_SECRET:
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        return JsonResponse({"detail": "too large"}, status=413)
    name = signed_id(request, settings.MAIL_RECEIVE_SECRET)
    if not name:
        return JsonResponse({"detail": "not signed"}, status=401)
    if ReceivedMail.objects.filter(call_id=name).exists():
        return JsonResponse({"detail": "seen before"}, status=409)
    raw = raw_mail(request)
    if not raw.strip():
        return JsonResponse({"detail": "no mail in it"}, status=422)
    try:
        received = receive_mail(raw=raw, source="endpoint", call_id=name)
    except TooLarge:
        return JsonResponse({"detail": "too large"}, status=413)
    return JsonResponse({"id": received.pk, "kind": received.kind})
