"""What a merge would do: which rows move, which value wins, and where an old address leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import ForeignObjectRel, Model
from django.utils.translation import gettext

from accounts.models import Account, Contact, CustomField, Merge

# What a merge decides about.
ACCOUNT_VALUES = Account.EDITABLE
CONTACT_VALUES = (*Contact.EDITABLE, "strength_set_on", "previous")
# Values that are joined, whoever wins.
LISTED = {"domains", "tags"}
# Derived of one account alone, or bookkeeping: meaningless at another.
_STAY = {"accounts.AccountSummary", "accounts.AccountChange", "accounts.Fact", "accounts.Merge"}


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field in which two differ; `wins` is "keep" or "drop" without further choice."""

    name: str
    label: str
    keep: Any
    drop: Any
    result: Any
    wins: str
    is_joined: bool


@dataclass(frozen=True, slots=True)
class Moving:
    """How many rows of a kind stand at the one that goes."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class MergePreview:
    choices: tuple[FieldChoice, ...]
    moving: tuple[Moving, ...]


def moving_relations(model: type[Model]) -> list[ForeignObjectRel]:
    """The relations whose rows move with an account or a contact, of every app, without importing one."""
    stays = _STAY | set(getattr(settings, "MERGE_LEAVES", ()))
    return [
        relation
        for relation in model._meta.related_objects
        if (relation.one_to_many or relation.one_to_one)
        and relation.field.name not in {"merged_into", "pgh_obj"}
        and relation.related_model._meta.label not in stays
        and not relation.related_model._meta.proxy
    ]


def merged_value(name: str, ours: Any, theirs: Any, *, takes: bool) -> Any:
    """The value that the kept one has after a merge."""
    if name in LISTED:
        return list(dict.fromkeys([*ours, *theirs]))
    if name == "custom":
        return {**ours, **theirs} if takes else {**theirs, **ours}
    if name == "parent":
        return ours if ours is not None or not takes else theirs
    if theirs in (None, "", [], {}):
        return ours
    return theirs if takes or ours in (None, "", [], {}) else ours


def preview_merge(*, keep: Any, drop: Any) -> MergePreview:
    """Fields that differ with the value that wins, and how many rows move. One count per kind of rows."""
    names: Iterable[str] = ACCOUNT_VALUES if isinstance(keep, Account) else CONTACT_VALUES
    choices = []
    for name in names:
        ours, theirs = getattr(keep, name), getattr(drop, name)
        if ours == theirs or (theirs in (None, "", [], {}) and name != "status"):
            continue
        result = merged_value(name, ours, theirs, takes=False)
        wins = "drop" if result == theirs else "keep"
        spoken = _value(keep, name), _value(drop, name)
        won = merged_value(name, *spoken, takes=False)
        choices.append(FieldChoice(name, _label(type(keep), name), *spoken, won, wins, name in LISTED))
    return MergePreview(tuple(choices), _moving(keep, drop))


def _moving(keep: Model, drop: Model) -> tuple[Moving, ...]:
    """How many rows move, in the words of settings.MERGE_WORDS; kinds without a word make one sum at the end."""
    words: Mapping[str, Any] = getattr(settings, "MERGE_WORDS", {})
    counts: dict[str, int] = {}
    others = 0
    for relation in moving_relations(type(keep)):
        count = relation.related_model._base_manager.filter(**{relation.field.name: drop.pk}).count()
        word = str(words.get(relation.related_model._meta.label, ""))
        if count and word:
            counts[word] = counts.get(word, 0) + count
        else:
            others += count
    rest = [Moving(gettext("further records"), others)] if others else []
    return (*(Moving(word, count) for word, count in counts.items()), *rest)


def _value(thing: Model, name: str) -> Any:
    """The value in words where it is one of a field's choices, or a vendor's own field."""
    value = getattr(thing, name)
    if name == "custom":
        labels = dict(CustomField.objects.values_list("key", "label"))
        return {labels.get(key, key): each for key, each in value.items()}
    choices = dict(getattr(thing._meta.get_field(name), "flatchoices", ()))
    return str(choices.get(value, value)) if choices and value else value


def _label(model: type[Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "verbose_name", name))


def survivor_id(model: type[Account] | type[Contact], pk: int) -> int | None:
    """Where the address of a merged account or contact leads now; None for one that was not merged.

    Read from the merges, which outlive the row that was merged.
    """
    merges = Merge.objects.filter(kind=model._meta.model_name, undone_at__isnull=True)
    seen: set[int] = set()
    target: int | None = None
    step: int | None = pk
    while step is not None and step not in seen:
        seen.add(step)
        target = step
        step = merges.filter(drop_id=step).values_list("keep_id", flat=True).first()
    return target if target != pk else None
