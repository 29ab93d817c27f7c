"""The list component in templates."""

from typing import Any

from django.template import Context, Library

from ui.lists.page import ListPage, empty_text

register = Library()


@register.inclusion_tag("ui/list_tools.html")
def list_tools(page: ListPage, search: bool = True) -> dict[str, Any]:
    """Filter box, chips, "Filter" and "Display" of a list."""
    return {"page": page, "search": search and bool(page.spec.search or page.filters)}


@register.inclusion_tag("ui/list_table.html", takes_context=True)
def list_table(context: Context, page: ListPage, bulk: str = "") -> dict[str, Any]:
    """The table with its loader of more rows; `bulk` is a template with the buttons for picked rows."""
    title, text = empty_text(page)
    return {
        "page": page,
        "bulk": bulk,
        "empty_title": title,
        "empty_text": text,
        "request": context.get("request"),
        "user": context.get("user"),
        "csrf_token": context.get("csrf_token"),
    }
