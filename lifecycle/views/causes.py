"""Why goals were missed, revenue shrank and customers left."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http.editing import edit_page
from lifecycle.forms.causes import CauseForm
from lifecycle.http.plan_lists import CAUSES
from lifecycle.models import Cause
from lifecycle.selectors.causes import TALLY_DAYS, open_causes, tally_causes
from lifecycle.services.causes import record_cause, words_of
from team.http.access import current_user, posted
from ui.lists import build_list, list_response


@require_safe
def causes(request: HttpRequest) -> HttpResponseBase:
    """What is not explained yet and what was, with a tally by cause."""
    user = current_user(request)
    rows = Cause.objects.visible_to(user).filter(account__deleted_at__isnull=True)
    page = build_list(request, CAUSES, rows)
    context = {
        "current": "causes",
        "tally": tally_causes(user),
        "tally_days": TALLY_DAYS,
        "open_count": open_causes(user),
    }
    return list_response(request, "lifecycle/causes/causes.html", page, context)


@require_http_methods(["GET", "HEAD", "POST"])
def cause(request: HttpRequest, cause_id: int) -> HttpResponse:
    """Say why, or read what was said; who may not change the account reads alone."""
    user = current_user(request)
    rows = Cause.objects.visible_to(user).select_related("account", "goal", "recorded_by")
    if request.method == "POST":
        rows = rows.filter(pk__in=Cause.objects.editable_by(user))
    found = get_object_or_404(rows, pk=cause_id)
    form = CauseForm(posted(request), initial={"kind": found.kind, "evidence": found.evidence})
    context = {
        "cause": found,
        "words": words_of(found),
        "can_edit": Cause.objects.editable_by(user).filter(pk=found.pk).exists(),
    }
    return edit_page(
        request,
        form=form,
        save=lambda: record_cause(actor=user, cause=found, **form.cleaned_data),
        heading=_("Why?"),
        text=_("Noted, and sent to who can act"),
        back=reverse("causes"),
        context=context,
        template="lifecycle/causes/cause.html",
    )
