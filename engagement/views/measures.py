"""Measures: the catalogue, a page for each, and the editor of own ones with its formula builder."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.models import Account
from accounts.services.versions import EditConflict
from engagement.forms.measures import editor_form, refuse, show_conflict
from engagement.formulas.own import BadFormula, parse_formula
from engagement.http import measure_editor as editor
from engagement.models import CustomMeasure
from engagement.selectors.measure_accounts import BEST, WORST, MeasureAccounts, account_lines
from engagement.selectors.measure_pages import (
    UNIT_WORDS,
    Spread,
    catalogue_groups,
    catalogue_lines,
    is_small,
    newest_values,
    spread_measures,
    try_formula,
    uses_of_measures,
)
from engagement.selectors.measures.catalogue import figure_catalogue
from engagement.selectors.measures.own import OwnMeasure
from engagement.selectors.measures.registry import registry
from engagement.services import own_measures as services
from team.http.access import current_user, posted, requires_role
from team.http.reports import query_of, report_of
from team.models import Role, User
from ui.csv import csv_response
from ui.http import done, go_to, id_in, render_part, say, trigger

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
WRITERS = services.WRITERS
CHANGED = "measures-changed"
EDITOR = "engagement/measures/measure_edit.html"


@require_safe
@requires_role(*READERS)
def measures(request: HttpRequest) -> HttpResponseBase:
    """Every measure by component: what it means, where it counts, for how many it is known, how it is spread.

    `?format=csv` is the export.
    """
    user, is_archive = current_user(request), request.GET.get("show") == "archived"
    report = report_of(request, "measures", is_quick=is_small(user))
    spreads: dict[str, Spread] | None = report.figures if report else None
    groups = catalogue_groups(spreads, archived=is_archive)
    if request.GET.get("format") == "csv":
        return csv_response("measures.csv", *catalogue_lines(groups))
    context = {
        "groups": groups,
        "is_archive": is_archive,
        "report": report,
        "report_query": query_of(request),
        "csv_url": "?show=archived&format=csv" if is_archive else "?format=csv",
        "can_write": user.role in WRITERS,
    }
    return render_part(request, "engagement/measures/measures.html", "measures", context)


@require_safe
@requires_role(*READERS)
def measure(request: HttpRequest, code: str) -> HttpResponseBase:
    """One measure: definition, scorecards, values that came in, and the accounts that stand worst in it (or best,
    `?order=best`). `?format=csv` is the export of these accounts."""
    found = registry().get(code)
    if found is None:
        raise Http404
    # The report of one measure is kept under its code.
    asked = request.GET.copy()
    asked["of"], asked["order"] = code, BEST if asked.get("order") == BEST else WORST
    request.GET = asked  # type: ignore[assignment]
    report = report_of(request, "measure_accounts", is_quick=is_small(current_user(request)))
    accounts: MeasureAccounts | None = report.figures if report else None
    if request.GET.get("format") == "csv" and accounts is not None:
        return csv_response(f"{code}.csv", *account_lines(accounts))
    user, own = current_user(request), found if isinstance(found, OwnMeasure) else None
    is_external = own is not None and own.kind == CustomMeasure.Kind.EXTERNAL
    context = {
        "measure": found,
        "own": own,
        "is_external": is_external,
        "unit_words": UNIT_WORDS[found.unit],
        "uses": uses_of_measures().get(code, ()),
        "values": newest_values(user=user, measure_id=own.pk) if own and is_external else (),
        "can_write": user.role in WRITERS,
        "report": report,
        "report_query": query_of(request),
        "accounts": accounts,
        "orders": [(WORST, _("Worst first")), (BEST, _("Best first"))],
        "order": asked["order"],
        "address": request.build_absolute_uri(reverse("api_measure_values", args=[code])) if is_external else "",
    }
    return render_part(request, "engagement/measures/measure.html", "measure", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def measure_add(request: HttpRequest, kind: str) -> HttpResponse:
    """A new measure: worked out by a formula, or brought in by the API."""
    if kind not in CustomMeasure.Kind.values:
        raise Http404
    return _edit(request, None, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def measure_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change an own measure; somebody else's change of the same field answers 409 with both values."""
    row = get_object_or_404(CustomMeasure, code=code, archived_at=None)
    return _edit(request, row, row.kind)


def _edit(request: HttpRequest, row: CustomMeasure | None, kind: str) -> HttpResponse:
    is_formula = kind == CustomMeasure.Kind.FORMULA
    is_sent = request.method == "POST"
    draft = None if is_sent or not is_formula else editor.kept_draft(request, row)
    form = editor_form(posted(request), row, kind, draft)
    raw = editor.posted_formula(request.POST) if is_sent else draft["formula"] if draft else editor.stored_formula(row)
    status, message = 200, ""
    if is_sent:
        fresh = CustomMeasure.objects.get(pk=row.pk) if row else None
        is_fine = form.is_valid()
        try:
            if is_formula:
                parse_formula(editor.tidied(raw), figure_catalogue())
            if is_fine:
                return _saved(request, fresh, kind, form, editor.tidied(raw) if is_formula else {})
        except BadFormula as error:
            message = str(error)
        except EditConflict as conflict:
            show_conflict(form, conflict)
            status = 409
        except ValidationError as error:
            refuse(form, error)
        status = 409 if status == 409 else 422
    context: dict[str, Any] = {
        "form": form,
        "row": row,
        "kind": kind,
        "is_formula": is_formula,
        "draft_at": editor.time_of(draft) if draft else None,
        **_addresses(row, kind),
    }
    if is_formula:
        context |= editor.builder_context(raw, figure_catalogue(), is_strict=is_sent, message=message)
    response = render_part(request, EDITOR, "measure-form", context, status=status)
    # The form asks for its builder alone at each change; a refusal is about all of it.
    response.headers["HX-Retarget"] = "#measure-form"
    return response


def _addresses(row: CustomMeasure | None, kind: str) -> dict[str, str]:
    """Where the editor saves, redraws its builder, and goes back to."""
    if row is None:
        build, save, back = reverse("measure_build_new"), reverse("measure_add", args=[kind]), reverse("measures")
    else:
        build, save, back = (reverse(name, args=[row.code]) for name in ("measure_build", "measure_edit", "measure"))
    return {"build_url": build, "save_url": save, "back": back}


def _saved(
    request: HttpRequest, row: CustomMeasure | None, kind: str, form: Any, formula: dict[str, Any]
) -> HttpResponse:
    user, fields = current_user(request), dict(form.cleaned_data)
    version, code = fields.pop("version", None), fields.pop("code", "")
    if kind == CustomMeasure.Kind.FORMULA:
        fields["formula"] = formula
    if row is None:
        made = services.create_measure(actor=user, kind=kind, code=code, **fields)
        editor.drop_draft(request, None)
        return _done(request, made, _("Measure saved; take it up in a scorecard to let it count"), None)
    action = services.edit_measure(actor=user, measure=row, version=version, **fields)
    editor.drop_draft(request, row)
    return _done(request, row, _("Measure saved"), undo_url(action))


def _done(request: HttpRequest, row: CustomMeasure, text: str, undo: str | None) -> HttpResponse:
    say(request, text, undo=undo)
    return go_to(request, services.url_of(row))


@require_POST
@requires_role(*WRITERS)
def measure_build_new(request: HttpRequest) -> HttpResponse:
    """The builder of a new measure after a change or a button; what is built is kept as a draft."""
    return _build(request, None)


@require_POST
@requires_role(*WRITERS)
def measure_build(request: HttpRequest, code: str) -> HttpResponse:
    """The same for one that exists."""
    formula = CustomMeasure.Kind.FORMULA
    return _build(request, get_object_or_404(CustomMeasure, code=code, archived_at=None, kind=formula))


def _build(request: HttpRequest, row: CustomMeasure | None) -> HttpResponse:
    catalogue = figure_catalogue()
    raw = editor.tidied(editor.posted_formula(request.POST), catalogue)
    editor.keep_draft(request, row, raw)
    form = editor_form(request.POST, row, CustomMeasure.Kind.FORMULA, None)
    context: dict[str, Any] = {
        "form": form,
        "row": row,
        "is_formula": True,
        "kind": CustomMeasure.Kind.FORMULA,
        **_addresses(row, CustomMeasure.Kind.FORMULA),
        **editor.builder_context(raw, catalogue, is_strict=False),
    }
    return trigger(render_part(request, EDITOR, "builder", context), "formula-changed")


@require_POST
@requires_role(*WRITERS)
def measure_draft_drop(request: HttpRequest) -> HttpResponse:
    """Forget what was not saved and start from what stands there."""
    row = CustomMeasure.objects.filter(code=request.POST.get("code", ""), archived_at=None).first()
    editor.drop_draft(request, row)
    url = reverse("measure_edit", args=[row.code]) if row else reverse("measure_add", args=["formula"])
    return go_to(request, url)


@require_POST
@requires_role(*WRITERS)
def measure_try(request: HttpRequest) -> HttpResponse:
    """What the formula that is being written gives on one account and on a sample of the book; nothing is saved."""
    user = current_user(request)
    context: dict[str, Any] = {"trial": None, "account": _account(user, request.POST.get("account", ""))}
    try:
        row = editor.unsaved_measure(request.POST, figure_catalogue())
    except BadFormula as error:
        context["unfinished"] = str(error)
    else:
        context["trial"] = try_formula(user=user, row=row, account=context["account"])
    return render_part(request, "engagement/measures/measure_try.html", "trial", context)


def _account(user: User, text: str) -> Account | None:
    pk = id_in(text)
    rows = Account.objects.visible_to(user)
    return rows.filter(pk=pk).first() if pk else rows.order_by("pk").first()


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def measure_archive(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once more, with the scorecards that use it; then put it away."""
    row = get_object_or_404(CustomMeasure, code=code, archived_at=None)
    if request.method == "POST":
        action = services.archive_measure(actor=current_user(request), measure=row)
        say(request, _("Measure archived"), undo=undo_url(action))
        return go_to(request, reverse("measures"))
    context = {"row": row, "uses": services.scorecards_using(code)}
    return render_part(request, "engagement/measures/archive.html", "dialog", context)


@require_POST
@requires_role(*WRITERS)
def measure_unarchive(request: HttpRequest, code: str) -> HttpResponse:
    """Take it up again."""
    row = get_object_or_404(CustomMeasure, code=code, archived_at__isnull=False)
    services.unarchive_measure(actor=current_user(request), measure_id=row.pk)
    return done(request, services.url_of(row), _("Measure taken up again"), event=CHANGED)


def measures_report(user: User, params: Any) -> dict[str, Spread]:
    """A report of settings.REPORTS."""
    return spread_measures(user, params)
