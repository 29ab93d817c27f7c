"""The library: the list, the gap map, one item, sending it to many, and who finished it."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.lists import segment_choices
from accounts.http.naming import editable_account
from accounts.models import Persona
from lifecycle.forms.content import CompletionForm, ItemForm, SendForm
from lifecycle.http.content import LIBRARY
from lifecycle.models import ContentBatch, ContentItem
from lifecycle.selectors.content import listed_items, preview_audience, read_batch, read_gap_map, read_item
from lifecycle.services.content.batches import BatchRefused, start_batch, stop_batch
from lifecycle.services.content.completions import record_completion
from lifecycle.services.content.items import delete_item, save_item
from lifecycle.views.tasks import undo_url
from team.http.access import current_user, posted, requires_editor, requires_role
from team.models import Role
from ui.http import done, render_part, say
from ui.lists import build_list, list_response

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
NOON = dt.time(12)


@require_safe
def library(request: HttpRequest) -> HttpResponseBase:
    """Every piece of content, with how often it was sent and finished."""
    page = build_list(request, LIBRARY, listed_items())
    return list_response(request, "lifecycle/content/library.html", page, {})


@require_safe
@requires_role(*READERS)
def content_gaps(request: HttpRequest) -> HttpResponse:
    """Stage by persona: where the library has nothing, and how many accounts stand there (`?segment=`)."""
    user = current_user(request)
    segments = segment_choices(user)
    segment = request.GET.get("segment", "")
    segment = segment if segment in dict(segments) else ""
    context = {
        "map": read_gap_map(user=user, segment=segment),
        "segment": segment,
        "segments": segments,
        "personas": Persona.choices,
        "labels": dict(Persona.choices),
    }
    return render_part(request, "lifecycle/content/gaps.html", "gaps", context)


@require_safe
def content_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """One piece of content: what it is for, which plays give it, who got and finished it."""
    item = get_object_or_404(ContentItem.objects.select_related("owner").prefetch_related("segments"), pk=item_id)
    context = {"page": read_item(item=item, user=current_user(request)), "item": item}
    return render_part(request, "lifecycle/content/item.html", "item", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def content_create(request: HttpRequest) -> HttpResponse:
    """A new item; `?stage=&persona=` start it for a gap."""
    start = {
        "stage_kinds": request.GET.getlist("stage"),
        "personas": request.GET.getlist("persona"),
        "owner": current_user(request),
        "language": "en",
    }
    return _edit(request, None, start)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def content_edit(request: HttpRequest, item_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(ContentItem, pk=item_id), None)


def _edit(request: HttpRequest, item: ContentItem | None, start: dict[str, Any] | None) -> HttpResponse:
    form = ItemForm(posted(request), instance=item, initial=start)
    if request.method == "POST" and form.is_valid():
        kept = get_object_or_404(ContentItem, pk=item.pk) if item else None
        try:
            saved = save_item(actor=current_user(request), item=kept, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return done(request, reverse("content_item", args=[saved.pk]), _("Saved"), event="content-changed")
    status = 422 if form.errors else 200
    context = {"form": form, "item": item}
    return render_part(request, "lifecycle/content/edit.html", (), context, status=status)


@require_POST
@requires_editor
def content_delete(request: HttpRequest, item_id: int) -> HttpResponse:
    item = get_object_or_404(ContentItem, pk=item_id)
    try:
        action = delete_item(actor=current_user(request), item=item)
    except ValidationError as error:
        say(request, " ".join(error.messages), is_bad=True)
        return done(request, reverse("content_item", args=[item.pk]), "")
    return done(request, reverse("library"), _("Deleted"), undo=undo_url(action))


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def content_send(request: HttpRequest, item_id: int) -> HttpResponse:
    """Choose who gets it, look at who would and who must wait, then type the number."""
    item = get_object_or_404(ContentItem, pk=item_id)
    user = current_user(request)
    start = {
        "subject": item.title,
        "body": _("Hello {{ contact.first_name }},\n\n%(objective)s\n\n{{ content.url }}")
        % {"objective": item.objective},
        "asks_for": item.wanted_action,
        "personas": item.personas,
    }
    form = SendForm(posted(request), initial=start)
    preview = None
    if request.method == "POST" and form.is_valid():
        chosen = {name: form.cleaned_data[name] for name in ("conditions", "personas")}
        preview = preview_audience(actor=user, **chosen)
        if request.POST.get("do") == "send":
            values = {**form.cleaned_data}
            expected = values.pop("count") or 0
            try:
                batch = start_batch(actor=user, content=item, expected=expected, **values)
            except BatchRefused as refusal:
                form.add_error("count", str(refusal))
            else:
                return done(request, reverse("content_batch", args=[batch.pk]), _("Sending has begun"))
    context = {"form": form, "item": item, "preview": preview}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/content/send.html", "send", context, status=status)


@require_safe
@requires_role(*READERS)
def content_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far a sending is, and who did not get it and why."""
    batch = get_object_or_404(ContentBatch.objects.select_related("content", "created_by"), pk=batch_id)
    context = {"page": read_batch(batch), "batch": batch}
    return render_part(request, "lifecycle/content/batch.html", "batch", context)


@require_POST
@requires_editor
def content_batch_stop(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Send no more of it."""
    batch = get_object_or_404(ContentBatch, pk=batch_id)
    spared = stop_batch(actor=current_user(request), batch=batch)
    text = _("Stopped; %(count)d people do not get it") % {"count": spared}
    return done(request, reverse("content_batch", args=[batch.pk]), text, event="content-changed")


@require_http_methods(["GET", "HEAD", "POST"])
def completion_add(request: HttpRequest, account_id: int, item_id: int) -> HttpResponse:
    """Somebody at an account finished an item."""
    account = editable_account(request, account_id)
    item = get_object_or_404(ContentItem, pk=item_id)
    form = CompletionForm(posted(request), user=current_user(request), account_id=account.pk)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["completed_on"]
        record_completion(
            actor=current_user(request),
            content=item,
            contact=form.cleaned_data["contact"],
            completed_at=dt.datetime.combine(day, NOON, tzinfo=timezone.get_current_timezone()) if day else None,
        )
        return done(request, reverse("content_item", args=[item.pk]), _("Written down"), event="content-changed")
    context = {"form": form, "item": item, "account": account}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/content/completion.html", "dialog", context, status=status)
