"""Forms of accounts and what is declared about them."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm, RowForm, WordsField, country_code, currency_code
from accounts.models import Account, CustomField, Segment
from accounts.services.custom_fields import clean_value
from team.models import User
from ui.forms import Combobox, DayField

_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+\Z", re.IGNORECASE)


class AccountForm(RowForm[Account]):
    """An account: name and who looks after it first, why they bought last; declared fields at the end."""

    domains = WordsField(label=_("Mail domains"), required=False, help_text=_("With commas: acme.com, acme.dk"))
    tags = WordsField(label=_("Tags"), required=False, help_text=_("With commas."))
    signed_on = DayField(label=_("Closed won on"), required=False)
    intent_reviewed_on = DayField(label=_("Intent reviewed on"), required=False)

    class Meta:
        model = Account
        fields = (
            "name",
            "csm",
            "segment",
            "status",
            "domains",
            "tags",
            "industry",
            "country",
            "currency",
            "parent",
            "source",
            "signed_on",
            "intent",
            "desired_outcomes",
            "decision_context",
            "intent_reviewed_on",
        )
        widgets = {"parent": Combobox(url=reverse_lazy("account_options"))}  # type: ignore[arg-type]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.declared = list(CustomField.objects.all())
        # SECURITY: who may not see an account cannot find out whether it exists by naming its id.
        self.fields["parent"].queryset = Account.objects.visible_to(user)  # type: ignore[attr-defined]
        # Whoever keeps it stays on offer, also when they have left: saving something else takes it from nobody.
        keepers = Q(is_active=True, role__in=["csm", "manager", "admin"]) | Q(pk=self.instance.csm_id)
        self.fields["csm"].queryset = User.objects.filter(keepers).order_by("name")  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs["autofocus"] = True
        for field in self.declared:
            self.fields[f"custom_{field.key}"] = _custom_form_field(field)
            if field.key in self.instance.custom:
                self.initial[f"custom_{field.key}"] = self.instance.custom[field.key]

    def clean_domains(self) -> list[str]:
        domains: list[str] = self.cleaned_data["domains"]
        for domain in domains:
            if not _DOMAIN.match(domain.removeprefix("@")):
                raise ValidationError(_("“%(domain)s” is no domain; write acme.com."), params={"domain": domain})
        return domains

    def clean_country(self) -> str:
        return country_code(self.cleaned_data["country"])

    def clean_currency(self) -> str:
        return currency_code(self.cleaned_data["currency"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for field in self.declared:
            name = f"custom_{field.key}"
            if name in cleaned:
                try:
                    clean_value(field, cleaned[name])
                except ValueError as error:
                    self.add_error(name, str(error))
        return cleaned

    def values(self) -> dict[str, Any]:
        custom = {field.key: self.cleaned_data.get(f"custom_{field.key}") for field in self.declared}
        found = {**super().values(), **({"custom": custom} if self.declared else {})}
        return {name: value for name, value in found.items() if name in Account.EDITABLE}


def _custom_form_field(field: CustomField) -> forms.Field:
    common: dict[str, Any] = {"label": field.label, "required": field.is_required}
    if field.type == CustomField.Type.NUMBER:
        return forms.DecimalField(**common)
    if field.type == CustomField.Type.DATE:
        return DayField(**common)
    if field.type == CustomField.Type.BOOLEAN:
        choices = [("", _("Unknown")), ("true", _("Yes")), ("false", _("No"))]
        return forms.TypedChoiceField(
            choices=choices, coerce=lambda v: v in (True, "true", "True"), empty_value=None, **common
        )
    if field.type == CustomField.Type.CHOICE:
        return forms.ChoiceField(choices=[("", "–"), *((choice, choice) for choice in field.choices)], **common)
    return forms.CharField(max_length=2000, **common)


class ExternalIdsForm(PlainForm):
    """The account's keys in other systems, one per line."""

    ids = forms.CharField(
        label=_("Ids in other systems"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "autofocus": True, "placeholder": "hubspot: 12345"}),
        help_text=_("One per line: system, colon, id."),
    )

    def clean_ids(self) -> list[tuple[str, str]]:
        pairs = []
        for line in self.cleaned_data["ids"].splitlines():
            if not line.strip():
                continue
            source, colon, key = line.partition(":")
            if not colon or not source.strip() or not key.strip():
                raise ValidationError(_("Write “%(line)s” as system: id."), params={"line": line.strip()[:60]})
            if len(source.strip()) > 40 or len(key.strip()) > 120:
                raise ValidationError(_("At most 40 letters for the system and 120 for the id."))
            pairs.append((source.strip(), key.strip()))
        return pairs


class SegmentForm(forms.ModelForm[Segment]):
    """A tier with its touch model."""

    class Meta:
        model = Segment
        fields = ("name", "slug", "touch", "touch_every_days", "position")
        help_texts = {"slug": _("Short name in addresses and files: enterprise."), "position": _("Lower stands first.")}


class CustomFieldForm(forms.ModelForm[CustomField]):
    """The declaration of a field; its key and type cannot change once values depend on them."""

    choices = WordsField(label=_("Choices"), required=False, help_text=_("With commas; for the type Choice."))

    class Meta:
        model = CustomField
        fields = ("label", "key", "type", "choices", "is_required", "position")
        help_texts = {"key": _("Short name in files and the API: contract_type."), "position": _("Lower stands first.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["key"].disabled = self.fields["type"].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("type") == CustomField.Type.CHOICE and not cleaned.get("choices"):
            self.add_error("choices", _("Name at least one choice."))
        return cleaned
