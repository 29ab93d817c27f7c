"""What accounts made with us."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import CHANGED, undo_url
from team.http.access import posted
from team.models import Role, User
from ui.http import done, id_in, render_part
from ui.lists import build_list, list_response
from voc.forms.advocacy import WorkForm
from voc.http.advocacy import WORKS, work_state
from voc.models import AdvocacyRequest, AdvocacyWork
from voc.services import advocacy as services
from voc.views.advocacy import chosen_account, desk_user


@require_safe
def advocacy_works(request: HttpRequest) -> HttpResponseBase:
    """Every work of accounts that the user sees."""
    user = desk_user(request)
    page = build_list(request, WORKS, AdvocacyWork.objects.visible_to(user))
    return list_response(request, "voc/advocacy/works.html", page, {"may_write": user.role != Role.VIEWER})


def _request_of(request: HttpRequest, user: User) -> AdvocacyRequest | None:
    """The request that a work came of: `?request=`."""
    raw = request.GET.get("request", "")
    rows = AdvocacyRequest.objects.editable_by(user).select_related("account")
    return get_object_or_404(rows, pk=id_in(raw)) if raw else None


@require_http_methods(["GET", "HEAD", "POST"])
def advocacy_work_add(request: HttpRequest) -> HttpResponse:
    """A new work; `?request=` and `?account=` say where it comes from."""
    user = desk_user(request, writes=True)
    source = _request_of(request, user)
    account = source.account if source else chosen_account(request, user)
    start = {"kind": source.kind, "title": source.purpose} if source else {"kind": "case_study"}
    form = WorkForm(posted(request), user=user, account=account, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            subject = form.subject()
            _work, action = services.add_work(actor=user, account=subject, request=source, **form.values())
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request, reverse("advocacy_works"), _("Work added"), undo=undo_url(action), event=CHANGED)
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def advocacy_work_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is said of a work; read it where one may not."""
    user = desk_user(request, writes=True)
    work = _editable(user, pk)
    form = WorkForm(posted(request), user=user, instance=_editable(user, pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_work(actor=user, work=work, **form.values())
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request, reverse("advocacy_works"), _("Work saved"), event=CHANGED)
    return _form(request, form, work)


def _editable(user: User, pk: int) -> AdvocacyWork:
    rows = AdvocacyWork.objects.editable_by(user).select_related("account__summary", "account__csm", "request")
    return get_object_or_404(rows, pk=pk)


def _form(request: HttpRequest, form: WorkForm, work: AdvocacyWork | None) -> HttpResponse:
    context = {"form": form, "work": work, "account": form.account, "state": work_state(work) if work else ""}
    return render_part(request, "voc/advocacy/work.html", "dialog", context, status=422 if form.errors else 200)


@require_POST
def advocacy_work_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """It is used no more."""
    user = desk_user(request, writes=True)
    action = services.withdraw_work(actor=user, work=_editable(user, pk))
    return done(request, reverse("advocacy_works"), _("Work withdrawn"), undo=undo_url(action), event=CHANGED)
