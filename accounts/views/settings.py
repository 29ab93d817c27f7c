"""What admins declare about accounts: segments and own fields; and what was deleted."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.accounts import CustomFieldForm, SegmentForm
from accounts.http.editing import CHANGED, edit_page
from accounts.models import CustomField, Segment
from accounts.selectors.deleted import MODELS, deleted_rows, read_deleted
from accounts.services.custom_fields import declare_field, drop_field, edit_field
from accounts.services.segments import delete_segment, save_segment
from accounts.services.touchpoints import restore_touchpoint
from accounts.services.ways_back import restore
from team.http.access import current_user, requires_editor, requires_role
from team.models import Role
from team.services.undo import CannotUndo
from ui.http import done, go_to, say


@require_safe
@requires_role(Role.ADMIN)
def segments(request: HttpRequest) -> HttpResponse:
    """The tiers and their touch models."""
    return render(
        request, "accounts/segments.html", {"segments": Segment.objects.with_accounts(), "section": "segments"}
    )


@require_http_methods(["GET", "POST"])
@requires_role(Role.ADMIN)
def segment_create(request: HttpRequest) -> HttpResponse:
    return _segment(request, None)


@require_http_methods(["GET", "POST"])
@requires_role(Role.ADMIN)
def segment_edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    return _segment(request, get_object_or_404(Segment, pk=segment_id))


def _segment(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    form = SegmentForm(request.POST or None, instance=segment)

    def save() -> None:
        save_segment(actor=current_user(request), segment=segment, **form.cleaned_data)

    heading = _("Edit %(name)s") % {"name": segment} if segment else _("New segment")
    return edit_page(request, form=form, save=save, heading=heading, text=_("Saved"), back=reverse("segments"))


@require_POST
@requires_role(Role.ADMIN)
def segment_delete(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Only a segment without accounts."""
    segment = get_object_or_404(Segment, pk=segment_id)
    try:
        delete_segment(actor=current_user(request), segment=segment)
    except ValidationError as error:
        say(request, " ".join(error.messages), is_bad=True)
        return go_to(request, reverse("segments"))
    return done(request, reverse("segments"), _("Deleted %(name)s") % {"name": segment}, event=CHANGED)


@require_safe
@requires_role(Role.ADMIN)
def custom_fields(request: HttpRequest) -> HttpResponse:
    """The vendor's own fields of accounts."""
    return render(
        request, "accounts/custom_fields.html", {"fields": CustomField.objects.all(), "section": "custom_fields"}
    )


@require_http_methods(["GET", "POST"])
@requires_role(Role.ADMIN)
def custom_field_create(request: HttpRequest) -> HttpResponse:
    form = CustomFieldForm(request.POST or None)

    def save() -> None:
        declare_field(actor=current_user(request), **form.cleaned_data)

    back = reverse("custom_fields")
    return edit_page(request, form=form, save=save, heading=_("New field"), text=_("Field added"), back=back)


@require_http_methods(["GET", "POST"])
@requires_role(Role.ADMIN)
def custom_field_edit(request: HttpRequest, field_id: int) -> HttpResponse:
    field = get_object_or_404(CustomField, pk=field_id)
    form = CustomFieldForm(request.POST or None, instance=field)

    def save() -> None:
        edit_field(actor=current_user(request), field=field, **form.cleaned_data)

    heading = _("Edit %(name)s") % {"name": field.label}
    return edit_page(request, form=form, save=save, heading=heading, text=_("Saved"), back=reverse("custom_fields"))


@require_POST
@requires_role(Role.ADMIN)
def custom_field_delete(request: HttpRequest, field_id: int) -> HttpResponse:
    """Values stay: declaring the key again brings them back."""
    field = get_object_or_404(CustomField, pk=field_id)
    drop_field(actor=current_user(request), field=field)
    text = _("%(name)s is gone from the forms; its values stay") % {"name": field.label}
    return done(request, reverse("custom_fields"), text, event=CHANGED)


@require_safe
@requires_editor
def deleted_things(request: HttpRequest) -> HttpResponse:
    """What was deleted in the last 30 days and can be brought back by this person."""
    return render(request, "accounts/deleted_things.html", {"groups": read_deleted(user=current_user(request))})


@require_POST
@requires_editor
def restore_thing(request: HttpRequest, model: str, pk: int) -> HttpResponse:
    user = current_user(request)
    back = reverse("deleted_things")
    if model not in MODELS or not deleted_rows(model=model, user=user).filter(pk=pk).exists():
        raise Http404
    try:
        if model == "touchpoint":
            restore_touchpoint(actor=user, touchpoint_id=pk)
        else:
            restore(actor=user, model=model, pk=pk)
    except CannotUndo as error:
        say(request, str(error), is_bad=True)
        return go_to(request, back)
    return done(request, back, _("Restored"), event=CHANGED)
