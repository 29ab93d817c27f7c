"""The conditions editor's rows, one at a time, for htmx."""

import re
import secrets
from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.forms.conditions import TEMPLATE, control_of, row_context
from accounts.formulas.conditions import ConditionName
from accounts.selectors.condition_names import condition_names
from team.http.access import requires_editor

_FIELD = re.compile(r"[a-z][a-z0-9_-]{0,60}")
_KEY = re.compile(r"[A-Za-z0-9]{1,12}")


def render_row(request: HttpRequest, names: Iterable[ConditionName], row_url: str) -> HttpResponse:
    """The row `key` of the field `field` as its name and operator stand now; without a key a new empty one.

    `row_url` is the address without the field and the key.
    """
    data = request.GET
    field, key = data.get("field", ""), data.get("key") or secrets.token_hex(4)
    if not _FIELD.fullmatch(field) or not _KEY.fullmatch(key):
        raise Http404
    entries = list(names)
    prefix = f"{field}-{key}"
    values = data.getlist(f"{prefix}-value")
    raw = {
        "name": data.get(f"{prefix}-name", ""),
        "operator": data.get(f"{prefix}-operator", ""),
        "value": values if len(values) > 1 else "".join(values),
    }
    known = {entry.name: entry for entry in entries}
    row = control_of(raw, field=field, key=key, known=known)
    context = row_context(field, row, entries, row_url) | {"is_single": "single" in data}
    return render(request, f"{TEMPLATE}#row", context)


@require_safe
@requires_editor
def condition_row(request: HttpRequest) -> HttpResponse:
    """One row of conditions on accounts, as htmx asks for it when its name or operator changes."""
    return render_row(request, condition_names(), reverse("condition_row"))
