"""The vendor's own fields: declaring them, and checking values against the declaration."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, CustomField
from accounts.services.saving import make_row
from team.models import User


def _admin(actor: User | None) -> None:
    if actor is not None and actor.role != "admin":
        raise PermissionDenied(_("Only admins declare fields."))


@transaction.atomic
def declare_field(*, actor: User | None, **fields: Any) -> CustomField:
    """Add a field to every account's form.

    Raises:
        ValidationError: for a key in use, or a choice field without choices.
    """
    _admin(actor)
    _check_declaration(fields)
    return make_row(CustomField, fields)


@transaction.atomic
def edit_field(*, actor: User | None, field: CustomField, **fields: Any) -> CustomField:
    """Change label, order, choices or whether it is required; key and type stay, values depend on them.

    Raises:
        ValidationError: for a choice field without choices.
    """
    _admin(actor)
    allowed = {name: value for name, value in fields.items() if name in {"label", "choices", "is_required", "position"}}
    _check_declaration({"type": field.type, "choices": field.choices, **allowed})
    for name, value in allowed.items():
        setattr(field, name, value)
    field.save(update_fields=list(allowed))
    return field


@transaction.atomic
def drop_field(*, actor: User | None, field: CustomField) -> int:
    """Take a field out of the forms; values stay in the accounts, so that declaring it again brings them back."""
    _admin(actor)
    return CustomField.objects.filter(pk=field.pk).delete()[0]


def _check_declaration(fields: Mapping[str, Any]) -> None:
    if fields.get("type") == CustomField.Type.CHOICE and not fields.get("choices"):
        raise ValidationError({"choices": _("Name at least one choice.")})


def clean_custom(values: Mapping[str, Any], *, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Custom values as they are stored: typed by their declaration, laid over the `known` ones; empty ones leave.

    Raises:
        ValidationError: `{key: message}` for an unknown key, a wrong type or a missing required one.
    """
    declared = {field.key: field for field in CustomField.objects.all()}
    stored = dict(known or {})
    errors: dict[str, str] = {}
    for key, value in values.items():
        if key not in declared:
            errors[key] = _("There is no such field.")
            continue
        try:
            cleaned = clean_value(declared[key], value)
        except ValueError as error:
            errors[key] = str(error)
            continue
        if cleaned is None:
            stored.pop(key, None)
        else:
            stored[key] = cleaned
    for key, field in declared.items():
        if field.is_required and key not in stored and key not in errors and (values or known is None):
            errors[key] = _("This field is required.")
    if errors:
        raise ValidationError(
            {"custom": [f"{declared[k].label if k in declared else k}: {e}" for k, e in errors.items()]}
        )
    return stored


def clean_value(field: CustomField, value: Any) -> Any:
    """One value as JSON keeps it: text, a number, a day as ISO text, true or false. None is empty.

    Raises:
        ValueError: with words for the person.
    """
    if value is None or value == "":
        return None
    if field.type == CustomField.Type.NUMBER:
        return _clean_number(value)
    if field.type == CustomField.Type.DATE:
        return _clean_day(value)
    if field.type == CustomField.Type.BOOLEAN:
        if isinstance(value, bool):
            return value
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if str(value).strip().lower() not in words:
            raise ValueError(_("Say yes or no."))
        return words[str(value).strip().lower()]
    text = str(value).strip().replace("\x00", "")
    if len(text) > 2000:
        raise ValueError(_("At most 2,000 characters."))
    if field.type == CustomField.Type.CHOICE and text not in field.choices:
        raise ValueError(_("Choose one of: %(choices)s") % {"choices": ", ".join(field.choices)})
    return text


def _clean_number(value: Any) -> int | float:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise ValueError(_("Write a number.")) from error
    if isinstance(value, bool) or not number.is_finite() or abs(number) >= Decimal("1e15"):
        raise ValueError(_("Write a number."))
    return int(number) if number == number.to_integral_value() else float(number)


def _clean_day(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    try:
        return dt.date.fromisoformat(str(value).strip()).isoformat()
    except ValueError as error:
        raise ValueError(_("Write a day as 2026-12-23.")) from error


def custom_pairs(account: Account) -> list[tuple[str, Any]]:
    """Label and value of the declared fields that an account has, in their order. One query."""
    return [
        (field.label, account.custom[field.key]) for field in CustomField.objects.all() if field.key in account.custom
    ]
