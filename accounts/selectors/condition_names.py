"""What conditions may ask about: the catalogue of names."""

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formulas.conditions import BOOLEAN, CHOICE, DATE, LIST, NUMBER, TEXT, ConditionName
from accounts.models import Account, CustomField, FactDefinition
from accounts.models.accounts import AccountQuerySet
from ui.tones import TONE_WORDS

# What accounts itself can be asked: name -> (words, type, unit).
ACCOUNT_NAMES: dict[str, tuple[Any, str, Any]] = {
    "account.segment": (gettext_lazy("Segment"), CHOICE, ""),
    "account.status": (gettext_lazy("Status"), CHOICE, ""),
    "account.intent": (gettext_lazy("Why they bought"), CHOICE, ""),
    "account.stage": (gettext_lazy("Stage"), CHOICE, ""),
    "account.days_in_stage": (gettext_lazy("Days in the stage"), NUMBER, gettext_lazy("days")),
    "account.health": (gettext_lazy("Health"), NUMBER, ""),
    "account.health_band": (gettext_lazy("Health band"), CHOICE, ""),
    "account.nps": (gettext_lazy("Last NPS answer"), NUMBER, ""),
    "account.arr": (gettext_lazy("ARR"), NUMBER, "money"),
    "account.renews_on": (gettext_lazy("Renewal"), DATE, ""),
    "account.signed_on": (gettext_lazy("Closed won"), DATE, ""),
    "account.last_touch_on": (gettext_lazy("Last two-way touch"), DATE, ""),
    "account.open_tickets": (gettext_lazy("Open tickets"), NUMBER, ""),
    "account.country": (gettext_lazy("Country"), TEXT, ""),
    "account.industry": (gettext_lazy("Industry"), TEXT, ""),
    "account.currency": (gettext_lazy("Currency"), TEXT, ""),
    "account.tags": (gettext_lazy("Tags"), LIST, ""),
}
# What administrators declare, each in the order of the menu.
DECLARED = """jsonb_build_object(
    'segments', (SELECT coalesce(jsonb_agg(jsonb_build_array(slug, name) ORDER BY position, name), '[]')
                   FROM accounts_segment),
    'customs', (SELECT coalesce(jsonb_agg(jsonb_build_array(key, label, type, choices) ORDER BY position, label), '[]')
                  FROM accounts_customfield),
    'facts', (SELECT coalesce(jsonb_agg(jsonb_build_array(name, label, type, unit) ORDER BY label, name), '[]')
                FROM accounts_factdefinition))"""
Declared = dict[str, list[list[Any]]]
_DATED = {FactDefinition.Type.DATE: DATE, FactDefinition.Type.BOOLEAN: BOOLEAN, FactDefinition.Type.TEXT: TEXT}


def condition_names() -> list[ConditionName]:
    """Everything that a condition may ask about, in the order of the editor's menu. One query."""
    return _names(_read_declared())


def _names(declared: Declared) -> list[ConditionName]:
    choices: dict[str, list[tuple[str, Any]]] = {
        "account.segment": [(slug, name) for slug, name in declared["segments"]],
        "account.status": list(Account.Status.choices),
        "account.intent": list(Account.Intent.choices),
        "account.health_band": list(TONE_WORDS.items()),
        **settings.CONDITION_CHOICES,
    }
    names = [
        ConditionName(name, str(label), kind, str(unit), _choices(choices.get(name, [])))
        for name, (label, kind, unit) in ACCOUNT_NAMES.items()
    ]
    for key, label, type_, given in declared["customs"]:
        kind = CHOICE if type_ == CustomField.Type.CHOICE else type_
        names.append(ConditionName(f"custom.{key}", label, kind, choices=tuple((one, one) for one in given)))
    for key, label, type_, unit in declared["facts"]:
        kind = _DATED.get(FactDefinition.Type(type_), NUMBER)
        offered = _choices(choices.get(f"fact.{key}", []))
        names.append(
            ConditionName(f"fact.{key}", _(label) if label else key, CHOICE if offered else kind, unit, offered)
        )
    return names


def with_declared(accounts: AccountQuerySet) -> AccountQuerySet:
    """Each account brings as `declared` what the catalogue needs: for pages that show one, one query less."""
    return accounts.annotate(declared=RawSQL(DECLARED, (), output_field=JSONField()))  # noqa: S611 a constant


def _read_declared() -> Declared:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {DECLARED}")
        row = cursor.fetchone()
    found: Declared = json.loads(row[0])
    return found


def condition_catalogue(declared: Declared | None = None) -> dict[str, ConditionName]:
    """The same by name, for parsing and describing. No query with what `with_declared` brought."""
    return {entry.name: entry for entry in _names(_read_declared() if declared is None else declared)}


def _choices(pairs: Iterable[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((value, str(label)) for value, label in pairs)
