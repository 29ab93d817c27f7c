"""Files on an account: upload, download, delete."""

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.facts import FileForm
from accounts.http.editing import deleted, edit_page, newest_action
from accounts.models import Account, AccountFile
from accounts.services.files import add_file, delete_file
from team.http.access import current_user
from team.models import ActionLog


@require_http_methods(["GET", "POST"])
def account_files(request: HttpRequest, account_id: int) -> HttpResponse:
    """The files of an account that one may change, and the form for one more."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user), pk=account_id)
    form = FileForm(request.POST or None, request.FILES or None)

    def save() -> ActionLog | None:
        add_file(actor=user, account=account, upload=form.cleaned_data["file"])
        return newest_action(user)

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("Files of %(name)s") % {"name": account.name},
        text=_("File added"),
        back=reverse("account", args=[account.pk]),
        context={"files": account.files.filter(deleted_at__isnull=True).select_related("uploaded_by").order_by("-pk")},
        template="accounts/files.html",
    )


def _chunks(kept: AccountFile) -> Iterator[bytes]:
    """The content in pieces; the file is open only while somebody reads."""
    with kept.file.open("rb") as content:
        yield from content.chunks()


@require_safe
def file_download(request: HttpRequest, file_id: int) -> HttpResponseBase:
    found = get_object_or_404(AccountFile.objects.visible_to(current_user(request)), pk=file_id)
    if not found.file.storage.exists(str(found.file.name)):
        raise Http404
    # SECURITY: never shown inside the product: an attachment of a type that we told, in a sandbox without anything.
    response = StreamingHttpResponse(_chunks(found), content_type=found.content_type)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, found.name))
    response.headers["Content-Length"] = str(found.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response._csp_replace = {"default-src": ["'none'"], "sandbox": ""}  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
def file_delete(request: HttpRequest, file_id: int) -> HttpResponse:
    user = current_user(request)
    found = get_object_or_404(AccountFile.objects.editable_by(user), pk=file_id)
    action = delete_file(actor=user, file=found)
    text = _("Deleted %(name)s") % {"name": found.name}
    return deleted(request, action=action, text=text, back=reverse("account", args=[found.account_id]))
