"""Results as files: at once for small surveys, by a worker for large ones."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from team.http.access import current_user, requires_role
from ui.http import go_to, render_part, say
from ui.pango import CURE, has_pango
from voc.formulas.results.query import read_query
from voc.models import ResultFile, Survey
from voc.selectors.results import scope_of
from voc.services.results.files import ask_for_file, file_name, is_large, make_now
from voc.tasks.results import ring_result_file
from voc.views.results import READERS

TYPES = {
    ResultFile.Kind.CSV: "text/csv; charset=utf-8",
    ResultFile.Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ResultFile.Kind.PDF: "application/pdf",
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*READERS)
def survey_export(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The file, with the filters of the address. Above 10,000 rows a page asks, and a POST has a worker make it."""
    found = get_object_or_404(Survey, pk=pk)
    if kind not in ResultFile.Kind.values:
        raise Http404
    query = read_query(pk, dict(request.GET.lists()))
    back = query.address(reverse("survey", args=[pk]))
    reader = current_user(request)
    if kind == ResultFile.Kind.PDF and not has_pango():
        say(request, CURE, is_bad=True)
        return go_to(request, back)
    if request.method == "POST":
        job = ask_for_file(actor=reader, survey=found, kind=kind, query=query.string())
        ring_result_file(job.pk)
        return go_to(request, reverse("survey_file", args=[pk, job.pk]))
    if is_large(scope_of(reader, found)) and kind != ResultFile.Kind.PDF:
        context = {"survey": found, "kind": kind, "back": back}
        return render_part(request, "voc/results/large.html", "large", context)
    content = make_now(reader=reader, survey=found, kind=kind, query=query.string())
    response = HttpResponse(content, content_type=TYPES[ResultFile.Kind(kind)])
    response["Content-Disposition"] = f'attachment; filename="{file_name(found, kind)}"'
    return response


@require_safe
@requires_role(*READERS)
def survey_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """How far a file is; asked again by itself until it is there."""
    job = get_object_or_404(ResultFile.objects.visible_to(current_user(request)), pk=file, survey=pk)
    context = {"survey": get_object_or_404(Survey, pk=pk), "job": job}
    return render_part(request, "voc/results/file.html", "job", context)


@require_safe
@requires_role(*READERS)
def survey_file_download(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    """A finished file; only for who asked for it."""
    found = get_object_or_404(Survey, pk=pk)
    jobs = ResultFile.objects.visible_to(current_user(request)).filter(state=ResultFile.State.DONE)
    job = get_object_or_404(jobs, pk=file, survey=pk)
    try:
        opened = job.file.open("rb")
    except FileNotFoundError as gone:
        raise Http404(_("The file was removed.")) from gone
    name = file_name(found, job.kind)
    return FileResponse(opened, as_attachment=True, filename=name, content_type=TYPES[ResultFile.Kind(job.kind)])
