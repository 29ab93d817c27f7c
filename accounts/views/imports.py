"""The import wizard: the file, its columns, a check with a diff, the import, its result, and the way back."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.imports import MappingForm, UploadForm
from accounts.models import ImportRun
from accounts.selectors.imports import TABS, counts_of, read_rows
from accounts.services.imports import steps
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.registry import all_kinds, get_kind
from accounts.services.imports.reports import error_lines, top_reasons
from accounts.tasks.imports import ring_import
from team.http.access import current_user, requires_role
from ui.csv import BOM
from ui.http import go_to, render_part, say

State = ImportRun.State
IMPORTERS = ("admin", "manager")
# Steps of the wizard by state.
_STEP = {State.UPLOADED: 1, State.READY: 2, State.CHECKING: 3, State.CHECKED: 3, State.RUNNING: 4}


@require_safe
@requires_role(*IMPORTERS)
def imports(request: HttpRequest) -> HttpResponse:
    """Every import, newest first."""
    runs = ImportRun.objects.visible_to(current_user(request)).select_related("started_by").order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdecimal():
        runs = runs.filter(pk__lt=int(before))
    shown = list(runs[:51])
    more = f"?before={shown[49].pk}" if len(shown) > 50 else ""
    labels = {kind.name: kind.label for kind in all_kinds().values()}
    lines = [(run, labels.get(run.kind, run.kind)) for run in shown[:50]]
    return render(request, "accounts/imports/imports.html", {"runs": lines, "more": more})


@require_http_methods(["GET", "POST"])
@requires_role(*IMPORTERS)
def import_new(request: HttpRequest) -> HttpResponse:
    """Upload a file; everything that takes time is the worker's."""
    form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind", "")})
    if form.is_valid():
        run = steps.upload_file(
            actor=current_user(request),
            kind=form.cleaned_data["kind"],
            file=form.cleaned_data["file"],
            data=form.cleaned_data["data"],
        )
        return _on_its_way(request, run)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/imports/import_new.html", {"form": form, "steps": _labels()}, status=status)


@require_safe
@requires_role(*IMPORTERS)
def import_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """The import as it stands; asks again by itself while a worker is at it."""
    run = _find(request, run_id)
    return render_part(request, "accounts/imports/import_page.html", "import", _context(request, run))


@require_POST
@requires_role(*IMPORTERS)
def import_mapping(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take the columns and have every row checked."""
    run = _find(request, run_id)
    if not run.shape:
        return go_to(request, reverse("import_page", args=[run.pk]))
    form = MappingForm(run, request.POST)
    if form.is_valid():
        try:
            steps.choose_mapping(actor=current_user(request), run=run, data=form.cleaned_data["data"])
        except ImportProblem as problem:
            form.add_error(None, str(problem))
        else:
            return _on_its_way(request, run)
    context = {**_context(request, run), "form": form, "state": State.READY}
    return render_part(request, "accounts/imports/import_page.html", "import", context, status=422)


@require_POST
@requires_role(*IMPORTERS)
def import_remap(request: HttpRequest, run_id: int) -> HttpResponse:
    """Back to the columns."""
    run = _find(request, run_id)
    steps.change_mapping(actor=current_user(request), run=run)
    return go_to(request, reverse("import_page", args=[run.pk]))


@require_POST
@requires_role(*IMPORTERS)
def import_start(request: HttpRequest, run_id: int) -> HttpResponse:
    """Write what was checked."""
    run = _find(request, run_id)
    steps.start_import(actor=current_user(request), run=run)
    return _on_its_way(request, run)


@require_POST
@requires_role(*IMPORTERS)
def import_undo(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take the whole import back."""
    run = _find(request, run_id)
    steps.request_undo(actor=current_user(request), run=run)
    return _on_its_way(request, run)


@require_POST
@requires_role(*IMPORTERS)
def import_discard(request: HttpRequest, run_id: int) -> HttpResponse:
    """Drop an upload that wrote nothing."""
    run = _find(request, run_id)
    if steps.discard_run(actor=current_user(request), run=run):
        say(request, _("Upload discarded"))
        return go_to(request, reverse("imports"))
    say(request, _("This import wrote something: undo it instead."), is_bad=True)
    return go_to(request, reverse("import_page", args=[run.pk]))


@require_safe
@requires_role(*IMPORTERS)
def import_errors(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    """The rejected rows, to be corrected and imported again; streamed."""
    run = _find(request, run_id)
    lines = (line for part in ([BOM], error_lines(run)) for line in part)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}-rejected.csv"'
    return response


def _find(request: HttpRequest, run_id: int) -> ImportRun:
    return get_object_or_404(
        ImportRun.objects.visible_to(current_user(request)).select_related("started_by"), pk=run_id
    )


def _on_its_way(request: HttpRequest, run: ImportRun) -> HttpResponse:
    ring_import(run.pk)
    return go_to(request, reverse("import_page", args=[run.pk]))


def _labels() -> list[str]:
    return [_("File"), _("Columns"), _("Check"), _("Import")]


def _context(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    url = reverse("import_page", args=[run.pk])
    context: dict[str, Any] = {
        "run": run,
        "state": run.state,
        "kind": get_kind(run.kind),
        "steps": _labels(),
        "step": _STEP.get(State(run.state), 5),
        "poll": url if run.state in ImportRun.WORKING else "",
        "every": _pause(run),
    }
    if run.state == State.READY:
        context["form"] = MappingForm(run)
    if run.state in {State.CHECKED, State.DONE, State.FAILED, State.UNDONE}:
        context |= _result(request, run, url)
    return context


def _pause(run: ImportRun) -> int:
    """Seconds until the page asks again: 1 at first, then 2, then 5."""
    age = (timezone.now() - run.created_at).total_seconds()
    share = run.position / run.total if run.total else 0
    if age < 20 or share > 0.9:
        return 1
    return 2 if age < 120 else 5


def _result(request: HttpRequest, run: ImportRun, url: str) -> dict[str, Any]:
    counts = counts_of(run)
    numbers = {tab: number for tab, _label, number in counts}
    wanted = request.GET.get("show", "")
    tab = wanted if wanted in TABS else next((one for one in TABS if numbers[one]), "created")
    after = request.GET.get("after", "")
    page = read_rows(run, tab=tab, after=int(after) if after.isdecimal() else 0)
    return {
        "counts": counts,
        "tabs": [
            (label, number, f"{url}?show={one}", one == tab) for one, label, number in counts if one in TABS and number
        ],
        "rows": page.rows,
        "next": f"{url}?show={tab}&after={page.after}" if page.after else "",
        "header": [column["name"] for column in run.shape.get("columns", [])],
        "reasons": top_reasons(run, rejected=tab == "rejected") if tab in {"rejected", "flagged"} else [],
        "can_undo": run.state in {State.DONE, State.FAILED} and not run.is_dry and bool(run.position),
    }
