"""How each kind of risk is watched per segment: the shipped definition, the install's rule, the segment's rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engagement.formulas.risks import DEFINITIONS, Definition
from engagement.formulas.scales import Flags, Floats, Integers
from engagement.models import RiskRule


@dataclass(frozen=True)
class Watching:
    """One kind in one segment: whether it is watched, with which thresholds, and the play that answers it."""

    is_on: bool
    limits: Mapping[str, float]
    playbook_id: int | None


Rules = dict[tuple[str, int | None], RiskRule]


def read_rules() -> Rules:
    """Every rule by kind and segment (None: the default); one query."""
    return {(rule.kind, rule.segment_id): rule for rule in RiskRule.objects.all()}


def watching(rules: Rules, definition: Definition, segment_id: int | None, touch: str) -> Watching:
    """What holds in a segment: its own rule, else the default rule, else what is shipped for its touch model.

    A threshold that a rule does not name is taken from the next of these.
    """
    own = rules.get((definition.kind, segment_id)) if segment_id is not None else None
    general = rules.get((definition.kind, None))
    limits = {}
    for threshold in definition.thresholds:
        value: float = threshold.default_for(touch)
        for rule in (general, own):
            if rule is not None and threshold.name in rule.thresholds:
                value = float(rule.thresholds[threshold.name])
        limits[threshold.name] = value
    shipped = definition.is_on_for(touch) and (general is None or general.is_on)
    is_on = own.is_on if own is not None else shipped
    chosen = [rule.playbook_id for rule in (own, general) if rule is not None and rule.playbook_id]
    return Watching(is_on, limits, chosen[0] if chosen else None)


@dataclass(frozen=True, eq=False)
class Limits:
    """The thresholds of one kind for a batch, an array each, and where it is watched."""

    by_name: dict[str, Floats]
    is_on: Flags


def limits_for(
    rules: Rules, kind: str, groups: Sequence[tuple[int | None, str]], group_of: Integers, is_customer: Flags
) -> Limits:
    """Each account's own thresholds for a kind; no query. Accounts that left are not watched.

    `groups` are the segments of the batch with their touch models, `group_of` says which of them each account is in.
    """
    definition = DEFINITIONS[kind]
    rows = [watching(rules, definition, *group) for group in groups]
    by_name = {one.name: np.array([row.limits[one.name] for row in rows])[group_of] for one in definition.thresholds}
    return Limits(by_name, np.array([row.is_on for row in rows], dtype=np.bool_)[group_of] & is_customer)
