"""Finding the pages to take pictures of: addresses without parameters, then one sample of every other pattern."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

# No pages: data, machines, things that happen on GET, or other people's screens.
SKIPPED = re.compile(r"^/(?:api/|healthz|readyz|metrics|static/|_/(?:theme|day)/|logout/|undo/)|export|download|\.csv")


def _below(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern, route)
        elif isinstance(pattern, URLPattern) and not re.search(r"[<(\[*]", route):
            yield "/" + route.strip("^$")


def plain_paths() -> list[str]:
    """Every address without a parameter that may be a page."""
    return sorted({path for path in _below(get_resolver(), "") if not SKIPPED.search(path)})


def view_of(href: str) -> tuple[str, str] | None:
    """The pattern behind a link of ours and its path without the query; None for anything else."""
    parts = urlsplit(href)
    if SKIPPED.search(parts.path) or "format=csv" in parts.query:
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    return match.route, parts.path


def file_name(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "start"
