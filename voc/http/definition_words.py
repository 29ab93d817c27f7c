"""A definition in words: its parts, what differs between two, what two editors wrote."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from voc.formulas.definitions import LANGUAGES, Question, text_in

OPERATOR_WORDS: dict[str, Promise] = {
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "lte": gettext_lazy("is at most"),
    "gte": gettext_lazy("is at least"),
    "in": gettext_lazy("is one of"),
    "has": gettext_lazy("holds"),
    "answered": gettext_lazy("is answered"),
    "not_answered": gettext_lazy("is not answered"),
}
PART_WORDS: dict[str, Promise | str] = {
    "type": gettext_lazy("Type"),
    "text": gettext_lazy("Question"),
    "help": gettext_lazy("Hint"),
    "low": gettext_lazy("Lowest"),
    "high": gettext_lazy("Highest"),
    "scale": gettext_lazy("Steps"),
    "options": gettext_lazy("Options"),
    "rows": gettext_lazy("Rows"),
    "columns": gettext_lazy("Columns"),
    "has_other": gettext_lazy("Own answer"),
    "max_choices": gettext_lazy("Choices at most"),
    "is_required": gettext_lazy("Must be answered"),
    "with_previous": gettext_lazy("On the screen before"),
    "show_if": gettext_lazy("Shown when"),
    "jumps": gettext_lazy("Jumps"),
}


@dataclass(frozen=True, slots=True)
class Clash:
    """One value that two editors wrote."""

    label: object
    theirs: str
    yours: str


def clashes_of(theirs: Question, yours: Question) -> list[Clash]:
    """Where two editors wrote different things into one question."""
    labels = {"text": _("Question"), "help": _("Hint"), "low": _("Lowest"), "high": _("Highest")}
    found = []
    for name in ("text", "help", "low", "high"):
        one, other = getattr(theirs, name), getattr(yours, name)
        for code in sorted(set(one) | set(other)):
            if one.get(code, "") != other.get(code, ""):
                label = f"{labels[name]} ({LANGUAGES[code]})"
                found.append(Clash(label, one.get(code, ""), other.get(code, "")))
    ours, rest = theirs.to_json(), yours.to_json()
    for name in sorted(set(ours) | set(rest)):
        if name not in labels and ours.get(name) != rest.get(name):
            found.append(Clash(PART_WORDS.get(name, name), said(ours.get(name)), said(rest.get(name))))
    return found


def said(value: object) -> str:
    """Something of a definition in words."""
    if isinstance(value, list):
        return "; ".join(said(one) for one in value)
    if isinstance(value, dict):
        return said_object(value)
    if value is None or isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)


def said_object(value: dict[str, Any]) -> str:
    """A rule, a jump, an option, texts."""
    if "operator" in value:
        compared = f" {said(value['value'])}" if "value" in value else ""
        return f"{value['question']} {OPERATOR_WORDS[value['operator']]}{compared}"
    if "to" in value:
        return f"{said(value['when'])} → {value['to']}".strip()
    return text_in(value.get("text", {}) if "id" in value else value, "en")
