"""Attributes of elements, written safely."""

import re
from collections.abc import Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")


def attribute_name(word: str) -> str:
    """Turn a keyword of a template tag into an attribute name: `hx_get` to `hx-get`, `class_` to `class`.

    Raises:
        ValueError: for names that the content security policy forbids (`style`, `on*`, `hx-on*`).
    """
    name = word.rstrip("_").replace("_", "-")
    # SECURITY: no component may carry a style or a handler; the policy would drop it silently.
    if not _NAME.match(name) or name == "style" or name.startswith(("on", "hx-on")):
        raise ValueError(f"{word!r} is not allowed as an attribute of a component")
    return name


def attributes(values: Mapping[str, object]) -> SafeString:
    """Write attributes with a leading space each; None and False leave one out, True writes the bare name."""
    parts = []
    for word, value in values.items():
        name = attribute_name(word)
        if value is None or value is False or value == "":
            continue
        parts.append(f" {name}" if value is True else f' {name}="{escape(value)}"')
    return mark_safe("".join(parts))  # noqa: S308 names are checked and values escaped above


def classes(*names: str | bool | None) -> str:
    """Join the class names that are there."""
    return " ".join(str(name) for name in names if name)
