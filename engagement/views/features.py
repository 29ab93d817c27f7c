"""The catalogue of features: the list, one feature, edits, merging."""

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import newest_action, undo_url
from accounts.services.versions import EditConflict
from engagement.forms.features import (
    EDITED_IN_PLACE,
    FeatureForm,
    MergeFeatureForm,
    PickedFeaturesForm,
    one_field_form,
)
from engagement.http.feature_list import feature_list, state_badge
from engagement.models import Feature
from engagement.selectors.catalogue import listed_features, open_work, preview_merge, read_feature, to_review
from engagement.services.catalogue import writing
from engagement.tasks import ring_catalogue
from engagement.views.events import READERS
from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.http import done, render_part, say, trigger
from ui.lists import build_list, list_response

CHANGED = "features-changed"
OPTIONS = 20
admins_only = requires_role(Role.ADMIN)


@require_safe
@requires_role(*READERS)
def features(request: HttpRequest) -> HttpResponseBase:
    """Every name that came in, what it counts for, and how many used it lately."""
    is_admin = current_user(request).role == Role.ADMIN
    page = build_list(request, feature_list(is_admin=is_admin), listed_features())
    states = [term.values for term in page.terms if term.key == "state" and term.operator == "is"]
    context = {
        "is_admin": is_admin,
        "to_review": to_review().count(),
        "is_review": states == [("new",)],
        "work": open_work(),
    }
    return list_response(request, "engagement/features/features.html", page, context)


@require_safe
@requires_role(*READERS)
def feature_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One feature, with who uses it, what rests on it, and the names that count for it."""
    return render_part(request, "engagement/features/feature.html", ("feature", "work"), _one(request, pk))


@require_safe
@requires_role(*READERS)
def feature_peek(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview, with one key for each decision."""
    return render_part(request, "engagement/features/peek.html", "peek", _one(request, pk))


def _one(request: HttpRequest, pk: int) -> dict[str, object]:
    user = current_user(request)
    found = get_object_or_404(listed_features(), pk=pk)
    return {
        "feature": found,
        "found": read_feature(feature=found, user=user),
        "state": state_badge(found),
        "is_admin": user.role == Role.ADMIN,
    }


@require_safe
@requires_role(*READERS)
def feature_options(request: HttpRequest) -> JsonResponse:
    """Choices for a combobox: features that count for themselves, by name or label; `?shown=1` without hidden ones.

    `?not=` leaves one out: the one that is merged.
    """
    text = request.GET.get("q", "").strip()[:80].replace("\x00", "")
    rows = Feature.objects.filter(merged_into=None)
    if request.GET.get("shown"):
        rows = rows.filter(is_hidden=False)
    if (left_out := request.GET.get("not", "")).isdecimal() and len(left_out) < 10:
        rows = rows.exclude(pk=int(left_out))
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(label__icontains=text))
    found = rows.order_by("-accounts_28", "name")[:OPTIONS]
    options = [{"value": str(row.pk), "label": str(row), "hint": row.name if row.label else ""} for row in found]
    return JsonResponse(options, safe=False)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def feature_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that people decide about a feature."""
    return _edit(request, pk, FeatureForm, "engagement/features/edit.html", "dialog")


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def feature_field(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """One field where it stands."""
    if field not in EDITED_IN_PLACE:
        raise Http404
    return _edit(request, pk, one_field_form(field), "engagement/features/field.html", "popover")


def _edit(request: HttpRequest, pk: int, make: type[FeatureForm], template: str, part: str) -> HttpResponse:
    found = get_object_or_404(Feature, pk=pk)
    form = make(posted(request), instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            action = writing.edit_feature(
                actor=current_user(request), feature=found, version=form.started_from, **form.values()
            )
        except EditConflict as conflict:
            form.show_conflict(conflict)
            return render_part(request, template, part, {"form": form, "feature": found}, status=409)
        ring_catalogue()
        url = reverse("feature_page", args=[found.pk])
        return done(request, url, _("Saved"), undo=undo_url(action), event=CHANGED)
    context = {"form": form, "feature": found}
    return render_part(request, template, part, context, status=422 if form.errors else 200)


@require_POST
@admins_only
def feature_mark(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """One key: looked at, hide, show, key feature, core action."""
    if what not in writing.MARKS:
        raise Http404
    found = get_object_or_404(Feature, pk=pk)
    action = writing.mark_features(actor=current_user(request), feature_ids=[found.pk], what=what)
    ring_catalogue()
    said = {"review": _("Looked at"), "hide": _("Hidden"), "show": _("Shown again")}.get(what, _("Saved"))
    return done(request, reverse("feature_page", args=[found.pk]), said, undo=undo_url(action), event=CHANGED)


@require_POST
@admins_only
def features_bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing to the picked rows."""
    form = PickedFeaturesForm(request.POST)
    if not form.is_valid():
        say(request, _("Nothing was changed: pick rows, and what to do."), is_bad=True)
    else:
        ids = [row.pk for row in form.cleaned_data["selected"]]
        what = form.cleaned_data["what"]
        action = writing.mark_features(actor=current_user(request), feature_ids=ids, what=what)
        ring_catalogue()
        say(request, action.verb if action else _("Nothing had to change."), undo=undo_url(action))
    back = request.POST.get("back", "")
    # SECURITY: only a query of our own list.
    query = back if back.startswith("?") else ""
    return HttpResponseRedirect(reverse("features") + query)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def feature_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """What comes under this name counts for another feature; shows before what moves."""
    user = current_user(request)
    found = get_object_or_404(Feature, pk=pk)
    form = MergeFeatureForm(posted(request), feature=found)
    if request.method == "POST" and form.is_valid():
        try:
            work = writing.merge_feature(actor=user, feature=found, into=form.cleaned_data["into"])
        except ValidationError as error:
            form.add_error("into", error)
        else:
            ring_catalogue()
            said = _("Merged") if work.finished_at else _("Merged; the days of %(n)s accounts are moving")
            text = said % {"n": work.total} if not work.finished_at else said
            url = reverse("feature_page", args=[found.pk])
            return done(request, url, text, undo=undo_url(newest_action(user)), event=CHANGED)
    context = {"form": form, "feature": found, "moves": preview_merge(feature=found)}
    status = 422 if form.errors else 200
    return render_part(request, "engagement/features/merge.html", "dialog", context, status=status)


@require_POST
@admins_only
def feature_unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """The name is a feature of its own again; its days come back."""
    user = current_user(request)
    found = get_object_or_404(listed_features(), pk=pk)
    work = writing.unmerge_feature(actor=user, feature=found)
    ring_catalogue()
    url = reverse("feature_page", args=[found.pk])
    if work is None:
        return done(request, url, _("It was a feature of its own"), event=CHANGED)
    said = _("It is a feature of its own again")
    return trigger(done(request, url, said, undo=undo_url(newest_action(user)), event=CHANGED), CHANGED)
