"""Search: the page, and what the palette and comboboxes ask."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Account
from team.http.access import current_user
from team.models import Role, User
from ui.hooks import default_currency
from ui.http import render_part
from workspace.selectors.search import Hit, find_accounts, find_people, own_book

LEAST_LETTERS = 2
MOST_LETTERS = 80
PAGE_HITS = 50
OPTIONS = 20


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:MOST_LETTERS]


def _as_json(hits: Iterable[Hit]) -> list[dict[str, str]]:
    groups = {"account": _("Accounts"), "person": _("People")}
    return [{"group": groups[hit.kind], "label": hit.label, "hint": hit.hint, "url": hit.url} for hit in hits]


def _commands(user: User) -> list[dict[str, str]]:
    """Things to make, from anywhere; the pages of the sidebar are added by the browser."""
    wanted = [(_("My tasks"), "tasks"), (_("Recent changes"), "recent")]
    if user.role != Role.VIEWER:
        wanted.append((_("New task"), "task_create"))
    if user.can_edit:
        wanted += [(_("New account"), "account_create"), (_("Import data"), "imports")]
    return [{"group": _("Commands"), "label": label, "hint": "", "url": reverse(name)} for label, name in wanted]


@require_safe
def palette_index(request: HttpRequest) -> JsonResponse:
    """The own book and the commands, kept by the browser for a minute."""
    user = current_user(request)
    rows = [*_as_json(own_book(user=user, currency=default_currency())), *_commands(user)]
    response = JsonResponse(rows, safe=False)
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


@require_safe
def palette_search(request: HttpRequest) -> JsonResponse:
    """Everything visible that begins with what was typed; from two letters on."""
    user, text = current_user(request), _text(request)
    if len(text) < LEAST_LETTERS:
        return JsonResponse([], safe=False)
    hits = [*find_accounts(user=user, text=text, currency=default_currency()), *find_people(user=user, text=text)]
    return JsonResponse(_as_json(hits), safe=False)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The same as a page, for phones and for those who like to see more."""
    user, text = current_user(request), _text(request)
    is_asked = len(text) >= LEAST_LETTERS
    context = {
        "text": text,
        "is_asked": is_asked,
        "accounts": find_accounts(user=user, text=text, currency=default_currency(), limit=PAGE_HITS)
        if is_asked
        else [],
        "people": find_people(user=user, text=text, limit=PAGE_HITS) if is_asked else [],
    }
    return render_part(request, "workspace/search.html", "hits", context)


@require_safe
def account_options(request: HttpRequest) -> JsonResponse:
    """Choices for a combobox: visible accounts by the beginning of the name, or the first ones."""
    user, text = current_user(request), _text(request)
    rows = Account.objects.visible_to(user)
    if text:
        rows = rows.filter(name__istartswith=text)
    found = rows.select_related("segment").order_by("name", "id")[:OPTIONS]
    options = [
        {"value": str(row.pk), "label": row.name, "hint": row.segment.name if row.segment else ""} for row in found
    ]
    return JsonResponse(options, safe=False)
