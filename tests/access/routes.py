"""All routes of the URLconf, includes and API too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

# `/accounts.json` of a DRF router is the same route as `/accounts/`.
_FORMAT_SUFFIX = re.compile(r"drf_format_suffix|\(\?P<format>")


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str


def walk_routes() -> Iterator[Route]:
    """Each route once; one without a name is named by its pattern, so that it can have no row and fails."""
    for name, pattern in _walk(get_resolver().url_patterns, "", ""):
        if not _FORMAT_SUFFIX.search(pattern):
            yield Route(name or f"unnamed {pattern}", pattern)


def _walk(patterns: list[URLPattern | URLResolver], namespace: str, prefix: str) -> Iterator[tuple[str, str]]:
    for found in patterns:
        pattern = prefix + str(found.pattern)
        if isinstance(found, URLResolver):
            inner = f"{namespace}{found.namespace}:" if found.namespace else namespace
            yield from _walk(found.url_patterns, inner, pattern)
        else:
            yield f"{namespace}{found.name}" if found.name else "", pattern
