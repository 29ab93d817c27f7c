"""Use cases: who reached them, what the others lack, and the editor of the written criteria."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.models import Account
from accounts.selectors.sizes import is_quick
from engagement.forms.use_cases import UseCaseEditor
from engagement.http.use_cases import accounts_spec, trend_chart
from engagement.models import UseCase
from engagement.selectors.use_cases import (
    UseCaseFigures,
    UseCaseLine,
    figures_of,
    list_use_cases,
    states_of,
    try_document,
    words_of,
    words_of_rows,
)
from engagement.services.use_cases import (
    WRITERS,
    UseCaseConflict,
    add_starters,
    delete_use_case,
    document_of,
    save_use_case,
    switch_use_case,
)
from team.http.access import current_user, posted, requires_role
from team.http.reports import query_of, report_of
from team.models import Role, User
from ui.http import done, go_to, render_part, say
from ui.lists import build_list, list_response

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
CHANGED = "use-cases-changed"


def use_cases_report(user: User, params: QueryDict) -> list[UseCaseLine]:
    """A report of settings.REPORTS: every use case with its shares."""
    return list_use_cases(user)


def use_case_report(user: User, params: QueryDict) -> UseCaseFigures | None:
    """A report of settings.REPORTS: the figures of the use case `of`; None when it is gone."""
    of = params.get("of", "")
    use_case = UseCase.objects.filter(pk=int(of)).first() if of.isdecimal() and len(of) < 10 else None
    return figures_of(use_case, user) if use_case else None


@require_safe
@requires_role(*READERS)
def use_cases(request: HttpRequest) -> HttpResponse:
    """Every use case with the share of the base that reached it, by segment."""
    user = current_user(request)
    report = report_of(request, "use_cases", is_quick=is_quick(user))
    context = {
        "report": report,
        "report_query": query_of(request),
        "lines": report.figures if report else None,
        "has_any": UseCase.objects.exists(),
        "can_write": user.role in WRITERS,
    }
    return render_part(request, "engagement/use_cases/list.html", "use-cases", context)


@require_safe
@requires_role(*READERS)
def use_case(request: HttpRequest, pk: int) -> HttpResponse:
    """One use case: the base, segments, criteria, the way there by week, and what stands in the way."""
    shown = get_object_or_404(UseCase, pk=pk)
    user = current_user(request)
    # The report of one use case is kept under its number.
    asked = request.GET.copy()
    asked["of"] = str(pk)
    request.GET = asked  # type: ignore[assignment]
    report = report_of(request, "use_case", is_quick=is_quick(user))
    figures: UseCaseFigures | None = report.figures if report else None
    context = {
        "case": shown,
        "report": report,
        "report_query": query_of(request),
        "figures": figures,
        "chart": trend_chart(figures) if figures else None,
        "intents": [str(words) for value, words in Account.Intent.choices if value in shown.intents],
        "criteria": [words_of(one) for one in shown.criteria.select_related("feature").order_by("pk")],
        "can_write": user.role in WRITERS,
    }
    return render_part(request, "engagement/use_cases/use_case.html", "use-case", context)


@require_safe
@requires_role(*READERS)
def use_case_accounts(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The accounts it applies to: who has not reached it, and which criterion lacks."""
    shown = get_object_or_404(UseCase, pk=pk)
    page = build_list(request, accounts_spec(shown), states_of(shown, current_user(request)))
    context = {"case": shown, "can_write": current_user(request).role in WRITERS}
    return list_response(request, "engagement/use_cases/accounts.html", page, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def use_case_add(request: HttpRequest) -> HttpResponse:
    """A new use case."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def use_case_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a use case; 409 shows what somebody else saved meanwhile beside what was typed."""
    return _edit(request, get_object_or_404(UseCase, pk=pk))


def _edit(request: HttpRequest, shown: UseCase | None) -> HttpResponse:
    editor = UseCaseEditor(posted(request), use_case=shown, document=document_of(shown) if shown else None)
    version = request.POST.get("version", "")
    context: dict[str, Any] = {
        "editor": editor,
        "case": shown,
        "version": shown.version if shown else 0,
    }
    status = 200
    if request.method == "POST":
        status = 422
        if editor.is_valid():
            try:
                saved, action = save_use_case(
                    actor=current_user(request),
                    document=editor.document,
                    use_case=shown,
                    version=int(version) if version.isdecimal() and len(version) < 10 else 0,
                )
            except UseCaseConflict as conflict:
                status = 409
                context |= {"conflict": _differences(conflict.theirs, editor.document), "version": conflict.version}
            except ValidationError as error:
                editor.form.add_error(None, error)
            else:
                url = reverse("use_case", args=[saved.pk])
                words = _("Saved. Accounts are judged anew in the background.") if action else _("Nothing differs")
                return done(request, url, words, undo=undo_url(action), event=CHANGED)
    return render_part(request, "engagement/use_cases/edit.html", "editor", context, status=status)


def _differences(theirs: dict[str, Any], yours: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(what, theirs, yours) in words, where they differ."""
    labels = {
        "name": _("Name"),
        "description": _("What it is good for"),
        "intents": _("For accounts that bought because"),
        "is_on": _("On"),
        "criteria": _("Criteria"),
    }
    return [
        (words, _said(name, theirs[name]), _said(name, yours[name]))
        for name, words in labels.items()
        if theirs[name] != yours[name]
    ]


def _said(name: str, value: Any) -> str:
    if name == "intents":
        return ", ".join(str(label) for intent, label in Account.Intent.choices if intent in value) or _(
            "every account"
        )
    if name == "criteria":
        return "; ".join(words_of_rows(value))
    return str(value) if name != "is_on" else _("yes") if value else _("no")


@require_POST
@requires_role(*WRITERS)
def use_case_try(request: HttpRequest) -> HttpResponse:
    """What the criteria as typed would say: of one account, and counted over the book. Nothing is saved."""
    user = current_user(request)
    document = UseCaseEditor(request.POST, use_case=None, document=None).draft()
    wanted = request.POST.get("account", "")
    account = None
    if wanted.isdecimal() and len(wanted) < 18:
        account = Account.objects.visible_to(user).filter(pk=int(wanted)).first()
    trial = try_document(document=document, user=user, account=account) if document else None
    return render_part(request, "engagement/use_cases/tried.html", "tried", {"trial": trial})


@require_POST
@requires_role(*WRITERS)
def use_case_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a use case away; it can be brought back for 30 days."""
    action = delete_use_case(actor=current_user(request), use_case=get_object_or_404(UseCase, pk=pk))
    return done(request, reverse("use_cases"), _("Deleted"), undo=undo_url(action), event=CHANGED)


@require_POST
@requires_role(*WRITERS)
def use_case_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge by it from now on (`on=1`), or no longer."""
    shown = get_object_or_404(UseCase, pk=pk)
    is_on = request.POST.get("on") == "1"
    try:
        action = switch_use_case(actor=current_user(request), use_case=shown, is_on=is_on)
    except ValidationError as error:
        # Written before a rule that it breaks: the editor says which.
        say(request, " ".join(error.messages), is_bad=True)
        return go_to(request, reverse("use_case_edit", args=[pk]))
    words = _("Switched on: accounts are judged by it") if is_on else _("Switched off: nobody is judged by it")
    return done(request, reverse("use_case", args=[pk]), words, undo=undo_url(action), event=CHANGED)


@require_POST
@requires_role(*WRITERS)
def use_case_starters(request: HttpRequest) -> HttpResponse:
    """Write the starters, for an install that has none."""
    made = add_starters(actor=current_user(request))
    if not made:
        say(request, _("They are there already."))
    words = ngettext("%(count)d use case added", "%(count)d use cases added", made) % {"count": made}
    return done(request, reverse("use_cases"), words if made else "", event=CHANGED)
