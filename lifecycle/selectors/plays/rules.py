"""When a playbook starts: its rule, parsed once, and the accounts that it would start on, now or at a past time."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.formulas.conditions import (
    BadCondition,
    Catalogue,
    Condition,
    matching_payload,
    parse_conditions,
)
from accounts.models import Account
from accounts.selectors.condition_names import condition_catalogue
from accounts.selectors.conditions import matching
from lifecycle.formulas.plans import Step, read_steps
from lifecycle.formulas.trigger_kinds import TRIGGER_KINDS
from lifecycle.models import Playbook

# A score is observed from this share of its measures on (design.md, section 6).
OBSERVED_FROM = Decimal("0.6")
_OBSERVED = Condition("fact.health_coverage", "gte", OBSERVED_FROM)
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A playbook as the engine reads it. `account_conditions` include those that its settings imply."""

    playbook_id: int
    slug: str
    name: str
    trigger_kind: str
    trigger_match: tuple[Condition, ...]
    account_conditions: tuple[Condition, ...]
    is_per_key: bool
    on_from: dt.datetime | None
    quiet: dt.timedelta
    holdout_percent: int
    raw_steps: tuple[Mapping[str, Any], ...]
    steps: tuple[Step, ...]

    def hears(self, payload: Mapping[str, Any], happened_at: dt.datetime, today: dt.date) -> bool:
        """Whether a trigger of its kind is one for it; accounts are judged apart."""
        is_before = self.on_from is not None and happened_at < self.on_from
        return not is_before and self.fits(payload, today)

    def fits(self, payload: Mapping[str, Any], today: dt.date) -> bool:
        """Whether what a trigger carries is what it waits for, whenever it happened."""
        return matching_payload(self.trigger_match, payload, today=today)

    def reason_of(self, key: str) -> str:
        """The reason under which a play starts; one play per account, playbook and reason is open."""
        return key[:160] if self.is_per_key else ""


def snapshot(playbook: Playbook) -> list[dict[str, Any]]:
    """The steps of a playbook as a play keeps them."""
    return [
        {
            "key": step.key,
            "kind": step.kind,
            "title": step.title,
            "offset_days": step.offset_days,
            "wanted_action": step.wanted_action,
            "content": step.content_id,
            "options": step.options,
        }
        for step in sorted(playbook.steps.all(), key=lambda step: step.position)
    ]


def read_rule(playbook: Playbook, catalogue: Catalogue | None = None) -> Rule:
    """The rule of one playbook. Raises BadCondition when it asks for something that is not there (any more)."""
    known = condition_catalogue() if catalogue is None else catalogue
    kind = TRIGGER_KINDS.get(playbook.trigger_kind)
    asked = parse_conditions(playbook.conditions, known)
    raw = snapshot(playbook)
    steps = read_steps(raw)
    for step in steps:
        parse_conditions(step.conditions, known)
    return Rule(
        playbook_id=playbook.pk,
        slug=playbook.slug,
        name=playbook.name,
        trigger_kind=playbook.trigger_kind,
        trigger_match=parse_conditions(playbook.trigger_match, kind.catalogue() if kind else {}),
        account_conditions=(*asked, *_implied(playbook, asked)),
        is_per_key=playbook.reason_scope == Playbook.Reason.KEY,
        on_from=playbook.on_from,
        quiet=dt.timedelta(days=playbook.quiet_days),
        holdout_percent=playbook.holdout_percent,
        raw_steps=tuple(raw),
        steps=steps,
    )


def _implied(playbook: Playbook, asked: Iterable[Condition]) -> Iterator[Condition]:
    """What its settings ask of an account. Lost accounts are left alone unless the conditions ask for the status."""
    if not any(condition.name == "account.status" for condition in asked):
        yield Condition("account.status", "ne", Account.Status.CHURNED.value)
    if segments := tuple(segment.slug for segment in playbook.segments.all()):
        yield Condition("account.segment", "in", segments)
    if playbook.intents:
        yield Condition("account.intent", "in", tuple(playbook.intents))
    if playbook.needs_observed_score:
        yield _OBSERVED


def read_rules(playbooks: Iterable[Playbook]) -> tuple[list[Rule], list[tuple[Playbook, BadCondition]]]:
    """The rules of many, and those that cannot be read with the reason; seven queries at most."""
    found = list(playbooks)
    known = condition_catalogue() if found else {}
    rules, broken = [], []
    for playbook in found:
        try:
            rules.append(read_rule(playbook, known))
        except BadCondition as error:
            broken.append((playbook, error))
    return rules, broken


def listening() -> list[Playbook]:
    """Playbooks that are on, with what a rule needs; three queries."""
    rows = Playbook.objects.filter(is_on=True, archived_at=None).exclude(trigger_kind__in=["", "manual"])
    return list(rows.prefetch_related("steps", "segments").order_by("pk"))


def accounts_ready(rule: Rule, account_ids: Collection[int], *, at: dt.datetime | None = None) -> dict[int, int | None]:
    """Which of these accounts the playbook starts on, each with its CSM's id; one query per 20,000 ids.

    Those that are alive and meet its conditions; `at`: as it was known then.
    """
    ids = sorted(set(account_ids))
    found: dict[int, int | None] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = Account.objects.filter(pk__in=ids[start : start + _CHUNK])
        rows = rows.filter(matching(rule.account_conditions, at=at))
        found |= dict(rows.order_by().values_list("pk", "csm_id"))
    return found


def accounts_meeting(
    conditions: Sequence[Condition], account_ids: Collection[int], *, at: dt.datetime | None = None
) -> set[int]:
    """Which of these accounts meet the conditions of a wait or a branch, now or `at` that time; all without any."""
    if not conditions:
        return set(account_ids)
    rows = Account.objects.filter(pk__in=account_ids).filter(matching(conditions, at=at))
    return set(rows.order_by().values_list("pk", flat=True))
