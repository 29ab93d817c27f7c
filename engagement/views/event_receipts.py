"""Receipts of requests, and another try for those that failed."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from engagement.http.event_lists import RECEIPTS, byte_words, state_badge
from engagement.models import EventBatch
from engagement.selectors.events.receipts import listed_batches, reasons_of
from engagement.services.event_retries import retry_batch
from engagement.tasks import ring_events
from engagement.views.events import READERS
from team.http.access import current_user, requires_role
from team.models import Role
from ui.formats import NOTHING, moment, number
from ui.http import done, render_part
from ui.lists import build_list, list_response


@require_safe
@requires_role(*READERS)
def event_receipts(request: HttpRequest) -> HttpResponseBase:
    """What became of each request, newest first."""
    page = build_list(request, RECEIPTS, listed_batches())
    return list_response(request, "engagement/events/receipts.html", page)


@require_safe
@requires_role(*READERS)
def event_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """One receipt: counts, reasons with their places in the batch, sizes and times."""
    batch = get_object_or_404(listed_batches(), pk=pk)
    about = [
        (_("State"), state_badge(batch)),
        (_("Call"), batch.call),
        (_("Key"), batch.key.name),
        (_("Size"), byte_words(batch.size)),
        (_("Client"), batch.client or NOTHING),
        (_("Sent"), moment(batch.sent_at) if batch.sent_at else NOTHING),
        (_("Came"), moment(batch.received_at)),
        (_("Done"), moment(batch.done_at) if batch.done_at else NOTHING),
    ]
    if batch.attempts:
        about.append((_("Attempts that failed"), number(batch.attempts)))
    context = {
        "batch": batch,
        "about": about,
        "reasons": reasons_of(batch),
        "is_admin": current_user(request).role == Role.ADMIN,
    }
    return render_part(request, "engagement/events/receipt.html", ("receipt", "peek"), context)


@require_POST
@requires_role(Role.ADMIN)
def event_receipt_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a request again that could not be stored."""
    batch = get_object_or_404(EventBatch.objects.defer("body"), pk=pk)
    is_again = retry_batch(actor=current_user(request), batch=batch)
    ring_events()
    text = _("It waits for another try") if is_again else _("It had not failed")
    return done(request, reverse("event_receipt", args=[batch.pk]), text, event="events-changed")
