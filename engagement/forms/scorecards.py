"""The scorecard editor's one form: what was sent becomes a document, and each press of a button one step of it.

Names: `name`; `c-<component>-weight`, `-desired`, `-by-<intent>`; `m-<measure>-on`, `-component`, `-weight`, `-days`,
and the lists `-raw` and `-points`; the lists `b-slug`, `b-name`, `b-floor`; `x-<n>-name`, `-effect`, `-value` and the
lists `x-<n>-measure`, `-operator`, `-number`, with `x` once per exception.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Segment
from engagement.models import Component, Scorecard
from engagement.selectors.measures.registry import registry
from engagement.selectors.scorecard_documents import Document, plain_number
from lifecycle.formulas.slugs import free_slug, slug_base
from lifecycle.models import Stage

NEW_SCALE: list[list[Any]] = [[0, 0], [1, 100]]


def document_from(posted: QueryDict) -> Document:
    """The document that was filled in. What is no number stays as it was written, to be shown with an error; rows stay
    in their order, which is refused where it is wrong.

    A component without weight takes no part; rows that were left empty are gone.
    """
    return {
        "name": posted.get("name", "").strip()[:80],
        "components": {code: rule for code in Component.values if (rule := _component(posted, code)) is not None},
        "measures": [_measure(posted, code) for code in _codes(posted)],
        "bands": _bands(posted),
        "exceptions": [_exception(posted, place) for place in posted.getlist("x")],
    }


def _codes(posted: QueryDict) -> list[str]:
    """The measures that take part, in the order of the form."""
    known = registry()
    sent = [key for key in posted if key.startswith("m-") and key.endswith("-on")]
    return [code for key in sent if (code := key.removeprefix("m-").removesuffix("-on")) in known]


def _number(text: str) -> Any:
    """A number as people write it (`0,5` too); the text itself where it is none."""
    try:
        found = Decimal(text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except InvalidOperation:
        return text
    return plain_number(found) if found.is_finite() else text


def _component(posted: QueryDict, code: str) -> dict[str, Any] | None:
    weight = _number(posted.get(f"c-{code}-weight", ""))
    if weight in ("", 0):
        return None
    wanted = {intent: posted.get(f"c-{code}-by-{intent}", "").strip() for intent in sorted(Account.Intent.values)}
    return {
        "weight": weight,
        "desired": _number(posted.get(f"c-{code}-desired", "")),
        "by_intent": {intent: _number(text) for intent, text in wanted.items() if text},
    }


def _measure(posted: QueryDict, code: str) -> dict[str, Any]:
    days = posted.get(f"m-{code}-days", "").strip()
    pairs = zip_longest(posted.getlist(f"m-{code}-raw"), posted.getlist(f"m-{code}-points"), fillvalue="")
    scale = [[_number(raw), _number(points)] for raw, points in pairs if raw.strip() or points.strip()]
    return {
        "measure": code,
        "component": posted.get(f"m-{code}-component") or str(registry()[code].component),
        "weight": _number(posted.get(f"m-{code}-weight", "")),
        "scale": scale,
        "valid_days": _number(days) if days else None,
    }


def _bands(posted: QueryDict) -> list[dict[str, Any]]:
    rows = zip_longest(posted.getlist("b-slug"), posted.getlist("b-name"), posted.getlist("b-floor"), fillvalue="")
    bands: list[dict[str, Any]] = []
    for slug, name, floor in rows:
        if not name.strip() and not floor.strip():
            continue
        short = slug[:12] or slug_base(name, longest=9, fallback="band")
        free = free_slug(short, {band["slug"] for band in bands})
        bands.append({"slug": free, "name": name.strip()[:40], "floor": _number(floor)})
    return bands


def _exception(posted: QueryDict, place: str) -> dict[str, Any]:
    tests = zip_longest(
        posted.getlist(f"x-{place}-measure"),
        posted.getlist(f"x-{place}-operator"),
        posted.getlist(f"x-{place}-number"),
        fillvalue="",
    )
    return {
        "name": posted.get(f"x-{place}-name", "").strip()[:80],
        "tests": [[code, operator, _number(number)] for code, operator, number in tests if code],
        "effect": posted.get(f"x-{place}-effect", "cap"),
        "value": _number(posted.get(f"x-{place}-value", "")),
    }


def take_step(document: Document, step: str) -> bool:
    """Do what a button of the editor asks: add or remove a corner, a band, an exception or a test; move an exception;
    put corners or bands in order.

    `step` is `what:place...`; False where nothing of the kind is there.
    """
    what, *places = step.split(":")
    try:
        STEPS[what](document, *places)
    except (KeyError, IndexError, StopIteration, TypeError, ValueError):
        return False
    return True


def _rule(document: Document, code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(rule for rule in document["measures"] if rule["measure"] == code)
    return found


def _add_measure(document: Document, code: str) -> None:
    measure = registry()[code]
    component = str(measure.component)
    document["components"].setdefault(component, {"weight": 5, "desired": 75, "by_intent": {}})
    document["measures"].append(
        {"measure": code, "component": component, "weight": 1, "scale": [*NEW_SCALE], "valid_days": 90}
    )


def _add_test(document: Document, place: str) -> None:
    code = document["measures"][0]["measure"]
    document["exceptions"][int(place)]["tests"].append([code, "<", ""])


def _add_exception(document: Document) -> None:
    document["exceptions"].append({"name": "", "tests": [], "effect": "cap", "value": ""})
    _add_test(document, "-1")


def _swap(document: Document, place: str) -> None:
    rules, at = document["exceptions"], int(place)
    if not 0 < at < len(rules):
        raise IndexError(place)
    rules[at - 1], rules[at] = rules[at], rules[at - 1]


def _sort_corners(document: Document, code: str) -> None:
    rule = _rule(document, code)
    rule["scale"] = sorted(rule["scale"], key=itemgetter(0))


def _sort_bands(document: Document) -> None:
    document["bands"] = sorted(document["bands"], key=itemgetter("floor"))


STEPS: dict[str, Callable[..., Any]] = {
    "corner-add": lambda document, code: _rule(document, code)["scale"].append(["", ""]),
    "corner-remove": lambda document, code, at: _rule(document, code)["scale"].pop(int(at)),
    "corner-sort": _sort_corners,
    "measure-add": _add_measure,
    "measure-remove": lambda document, code: document["measures"].remove(_rule(document, code)),
    "band-add": lambda document: document["bands"].append({"slug": "", "name": "", "floor": ""}),
    "band-remove": lambda document, at: document["bands"].pop(int(at)),
    "band-sort": _sort_bands,
    "exception-add": _add_exception,
    "exception-remove": lambda document, at: document["exceptions"].pop(int(at)),
    "exception-up": _swap,
    "test-add": _add_test,
    "test-remove": lambda document, at, test: document["exceptions"][int(at)]["tests"].pop(int(test)),
}


class AreaForm(forms.Form):
    """Where a scorecard judges."""

    segment = forms.ModelChoiceField(
        queryset=Segment.objects.order_by("position", "name"),
        required=False,
        label=gettext_lazy("Segment"),
        empty_label=gettext_lazy("All segments"),
    )
    stage_kind = forms.ChoiceField(
        choices=[("", gettext_lazy("All stages")), *Stage.Kind.choices], required=False, label=gettext_lazy("Stage")
    )


class PlaceForm(AreaForm):
    """Where a new draft will judge, and what it starts from."""

    based_on = forms.ModelChoiceField(
        queryset=Scorecard.objects.none(), label=gettext_lazy("Starts as a copy of"), empty_label=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["based_on"]
        field.queryset = Scorecard.objects.filter(published_at__isnull=False).order_by("retired_at", "pk")


class ImportForm(AreaForm):
    """A scorecard as a file or as text."""

    file = forms.FileField(label=gettext_lazy("JSON file"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Or its text"), required=False, widget=forms.Textarea(attrs={"rows": 8}), max_length=200_000
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        upload = data.get("file")
        if upload is not None:
            if upload.size > 200_000:
                raise forms.ValidationError(_("A scorecard has at most 200 KB."))
            data["text"] = upload.read().decode("utf-8", errors="replace")
        if not data.get("text"):
            raise forms.ValidationError(_("Choose a file, or paste its text."))
        return data


class PublishForm(forms.Form):
    """What changed, for the history of every score."""

    note = forms.CharField(
        label=gettext_lazy("What changed, and why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    # The draft as the differences beside the form tell it.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
