"""What people decide about themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from team import choices
from team.clock import today
from team.models import ApiKey, Role, User
from ui.forms import DayField, Inline, Switch


class ProfileForm(forms.ModelForm[User]):
    """Name and looks. SECURITY: role, address and activity are not fields of this form."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.time_zones)
    language = forms.ChoiceField(label=_("Language"), choices=choices.languages)
    theme = forms.ChoiceField(label=_("Light or dark"), choices=User.Theme.choices, widget=Inline)
    is_dense = forms.BooleanField(label=_("Compact rows"), required=False, widget=Switch)
    has_shortcuts = forms.BooleanField(
        label=_("Single-key shortcuts"),
        required=False,
        widget=Switch,
        help_text=_("Turn them off when you dictate, or use your own."),
    )

    class Meta:
        model = User
        fields = ["name", "title", "time_zone", "language", "theme", "is_dense", "has_shortcuts"]


class AbsenceForm(forms.Form):
    """From when to when, and who stands in."""

    starts_on = DayField(label=_("First day away"))
    ends_on = DayField(label=_("Last day away"))
    deputy = forms.ModelChoiceField(
        label=_("Deputy"),
        queryset=User.objects.none(),
        empty_label=_("Choose"),
        help_text=_("They see and do your work in these days."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deputies = User.objects.active().filter(role__in={user.role, Role.MANAGER, Role.ADMIN}).exclude(pk=user.pk)
        field = self.fields["deputy"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = deputies.by_name()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if ends and ends < today():
            self.add_error("ends_on", _("These days are over."))
        elif starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day cannot come before the first."))
        return cleaned


class ApiKeyForm(forms.Form):
    """A new key: what it is for, what it may do, until when."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=ApiKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiKey.Scope.READ],
    )
    expires_on = DayField(label=_("Works until"), required=False, help_text=_("Empty: until you revoke it."))

    def clean_expires_on(self) -> object:
        day = self.cleaned_data["expires_on"]
        if day and day <= today():
            raise forms.ValidationError(_("Pick a day in the future."))
        return day
