"""Merge fields: `{{ contact.first_name }}` in the words of a mail. No template engine: names of a list, text in."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import ngettext as plural

# What may stand in a mail, in the order in which the editor offers it; `custom.<key>` comes beside these.
FIELDS = {
    "contact.first_name": gettext_lazy("First name of the person"),
    "contact.name": gettext_lazy("Name of the person"),
    "contact.title": gettext_lazy("Job title of the person"),
    "account.name": gettext_lazy("Name of the account"),
    "account.stage": gettext_lazy("Stage of the account"),
    "account.seats": gettext_lazy("Seats"),
    "account.signed_on": gettext_lazy("Day of signing"),
    "account.renews_on": gettext_lazy("Day of renewal"),
    "account.desired_outcomes": gettext_lazy("Outcomes that the account wants"),
    "author.first_name": gettext_lazy("First name of the sender"),
    "author.name": gettext_lazy("Name of the sender"),
    "author.title": gettext_lazy("Job title of the sender"),
    "author.email": gettext_lazy("Mail address of the sender"),
    "csm.first_name": gettext_lazy("First name of the CSM"),
    "csm.name": gettext_lazy("Name of the CSM"),
    "vendor.name": gettext_lazy("Our company"),
    "content.title": gettext_lazy("Title of the content"),
    "content.url": gettext_lazy("Address of the content"),
    "ask": gettext_lazy("What we ask for"),
    "due_on": gettext_lazy("By when"),
}
_FIELD = re.compile(r"\{\{\s*([A-Za-z][\w.-]*)\s*(?:\|([^{}|\n]*))?\}\}")
# Braces that were meant as a field and are none.
_BROKEN = re.compile(r"\{\{[^\n]{0,60}|\{%[^\n]{0,60}")


class MergeError(ValueError):
    """Words that cannot be completed: `missing` fields lack a value, `unknown` and `broken` ones are not there."""

    def __init__(self, *, missing: tuple[str, ...] = (), unknown: tuple[str, ...] = (), broken: str = "") -> None:
        self.missing, self.unknown, self.broken = missing, unknown, broken
        super().__init__(self._words())

    def _words(self) -> str:
        parts = []
        if self.missing:
            words = plural("No value for %(names)s.", "No values for %(names)s.", len(self.missing))
            parts.append(words % {"names": ", ".join(self.missing)})
        if self.unknown:
            words = plural("Unknown field: %(names)s.", "Unknown fields: %(names)s.", len(self.unknown))
            parts.append(words % {"names": ", ".join(self.unknown)})
        if self.broken:
            parts.append(_("Not a field: %(text)s") % {"text": self.broken})
        return " ".join(parts)


def field_names(text: str) -> tuple[str, ...]:
    """The merge fields that stand in a text, each once, in order."""
    return tuple(dict.fromkeys(match[1] for match in _FIELD.finditer(text)))


def check_fields(text: str, known: Mapping[str, object]) -> None:
    """Refuse a template's text that could never be completed. Raises MergeError (unknown, broken)."""
    unknown = tuple(name for name in field_names(text) if name not in known)
    broken = _BROKEN.search(_FIELD.sub("", text))
    if unknown or broken:
        raise MergeError(unknown=unknown, broken=broken[0].strip() if broken else "")


def merge(text: str, fields: Mapping[str, str]) -> str:
    """The text with its fields filled. `{{ contact.title | colleague }}` gives words for a value that is not known.

    One pass: what a value contains is text, also when it looks like a field. Raises MergeError, which names each field
    without a value, each unknown one, and braces that are no field.
    """
    # SECURITY: an allow-list and plain replacement; text of customers and of templates is never evaluated.
    check_fields(text, fields)
    missing = []

    def value(match: re.Match[str]) -> str:
        found = fields[match[1]] or (match[2] or "").strip()
        if not found:
            missing.append(match[1])
        return found

    merged = _FIELD.sub(value, text)
    if missing:
        raise MergeError(missing=tuple(dict.fromkeys(missing)))
    return merged


def first_name(name: str) -> str:
    """How a person is greeted: the first word of the name; a name without spaces whole."""
    return name.split(maxsplit=1)[0] if name.split() else ""
