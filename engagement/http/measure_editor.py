"""The editor of own measures: what was posted, the draft that is kept, and what the page needs to draw it."""

import datetime as dt
import secrets
from typing import Any

from django.http import HttpRequest, QueryDict

from engagement.formulas.own import BadFormula, Catalogue, Node, parse_formula
from engagement.formulas.own_values import describe
from engagement.http.formula_blocks import act, block_of, empty_leaf, posted_deed, read_formula, tidy
from engagement.models import Component, CustomMeasure
from engagement.selectors.measures.catalogue import figure_catalogue
from engagement.selectors.measures.kinds import Unit
from team.clock import now
from ui.http import is_prefetch

_DRAFTS = "measure_drafts"
_KEPT = ("label", "component", "unit", "definition", "version")
MOST_DRAFTS = 10


def draft_key(row: CustomMeasure | None) -> str:
    """Under which name the draft of a measure is kept; new ones share one."""
    return row.code if row else "new formula"


def kept_draft(request: HttpRequest, row: CustomMeasure | None) -> dict[str, Any] | None:
    """What the person left unsaved, with its time; None when there is nothing."""
    found: dict[str, Any] | None = request.session.get(_DRAFTS, {}).get(draft_key(row))
    return found


def keep_draft(request: HttpRequest, row: CustomMeasure | None, raw: dict[str, Any]) -> None:
    """Keep what was posted in the person's session, until it is saved or dropped."""
    drafts = dict(request.session.get(_DRAFTS, {}))
    drafts.pop(draft_key(row), None)
    fields = {name: request.POST.get(name, "")[:300] for name in _KEPT}
    drafts[draft_key(row)] = {"fields": fields, "formula": raw, "at": now().isoformat()}
    request.session[_DRAFTS] = dict(list(drafts.items())[-MOST_DRAFTS:])


def drop_draft(request: HttpRequest, row: CustomMeasure | None) -> None:
    """Forget it."""
    drafts = dict(request.session.get(_DRAFTS, {}))
    if drafts.pop(draft_key(row), None) is not None and not is_prefetch(request):
        request.session[_DRAFTS] = drafts


def builder_context(raw: dict[str, Any], catalogue: Catalogue, *, is_strict: bool, message: str = "") -> dict[str, Any]:
    """The blocks and the sentence. What is only unfinished is said as a hint until the person saves (`is_strict`)."""
    raw = tidy(raw, catalogue)
    errors, sentence, unfinished = dict[str, str](), "", ""
    try:
        sentence = describe(parse_formula(raw, catalogue), catalogue)
    except BadFormula as error:
        unfinished = str(error)
        if is_strict or not _is_only_empty(raw):
            errors[error.path] = error.message
    groups: dict[str, list[tuple[str, str]]] = {}
    for spec in catalogue.values():
        words = spec.said
        for one in spec.narrowings:
            words = words.replace(f"%({one.key})s", "…")
        groups.setdefault(spec.group, []).append((spec.name, words[:1].upper() + words[1:]))
    return {
        "piece": block_of(raw, catalogue, errors=errors),
        "groups": list(groups.items()),
        "turn": secrets.token_hex(4),
        "sentence": sentence,
        "unfinished": message or unfinished,
    }


def _is_only_empty(raw: dict[str, Any]) -> bool:
    """Whether a place waits for a first choice, which is no mistake while somebody builds."""
    if "operator" in raw:
        return any(_is_only_empty(part) for part in raw["parts"])
    return raw.get("figure") == "" or ("number" in raw and raw["number"] is None)


def posted_formula(data: QueryDict) -> dict[str, Any]:
    """The posted tree after what was pressed."""
    return act(read_formula(data), posted_deed(data))


def stored_formula(row: CustomMeasure | None) -> dict[str, Any]:
    """The tree that the editor opens with."""
    return dict(row.formula) if row and row.formula else empty_leaf()


def unsaved_measure(data: QueryDict, catalogue: Catalogue) -> CustomMeasure:
    """The posted measure, for a trial. Raises BadFormula."""
    node: Node = parse_formula(tidy(read_formula(data), catalogue), catalogue)
    component, unit = data.get("component", ""), data.get("unit", "")
    return CustomMeasure(
        code="trial",
        label=data.get("label", "")[:80],
        component=component if component in Component.values else Component.ADOPTION,
        unit=unit if unit in set(Unit) else Unit.COUNT,
        formula=node.as_json(),
    )


def tidied(raw: dict[str, Any], catalogue: Catalogue | None = None) -> dict[str, Any]:
    """Without what changed figures left behind."""
    return tidy(raw, catalogue or figure_catalogue())


def time_of(draft: dict[str, Any]) -> dt.datetime:
    """When the draft was kept."""
    return dt.datetime.fromisoformat(draft["at"])
