"""Forms of the library."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.conditions import ConditionsField
from accounts.models import Contact, Persona
from lifecycle.formulas.merging import MergeError, check_fields
from lifecycle.models import ContentItem, Stage
from lifecycle.selectors.mails import known_fields
from lifecycle.services.content.items import FIELDS
from team.models import User
from ui.forms import DayField


class ItemForm(forms.ModelForm[ContentItem]):
    """A piece of content: made for a moment, a person, and an action."""

    stage_kinds = forms.MultipleChoiceField(
        label=_("Stages"),
        choices=Stage.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all of them."),
    )
    personas = forms.MultipleChoiceField(
        label=_("Personas"),
        choices=Persona.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all of them."),
    )
    url = forms.URLField(label=_("Address"), max_length=500, required=False, assume_scheme="https")
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    review_on = DayField(label=_("Look at it again on"), required=False)

    class Meta:
        model = ContentItem
        fields = FIELDS
        widgets = {"segments": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].widget.attrs["autofocus"] = True
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.filter(is_active=True).exclude(role="viewer").order_by("name")
        owner.required = True

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("is_key_course") and values.get("format") not in {"course", "webinar", "video"}:
            self.add_error("is_key_course", _("Only a course, a webinar or a video can be completed."))
        return values


class SendForm(forms.Form):
    """Who gets a piece of content, and in what words; sending needs the number of people typed."""

    conditions = ConditionsField(label=_("Accounts that meet all of these"))
    personas = forms.MultipleChoiceField(
        label=_("People"),
        choices=Persona.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: everybody with a mail address."),
    )
    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 8}), max_length=20_000)
    asks_for = forms.CharField(
        label=_("What they should do"), max_length=200, help_text=_("Every mail asks for something.")
    )
    count = forms.IntegerField(label=_("Type the number of people to send"), required=False, min_value=1)

    def clean_body(self) -> str:
        return self._checked("body")

    def clean_subject(self) -> str:
        return self._checked("subject")

    def _checked(self, name: str) -> str:
        words: str = self.cleaned_data[name]
        try:
            check_fields(words, known_fields())
        except MergeError as error:
            raise ValidationError(str(error)) from error
        return words


class CompletionForm(forms.Form):
    """Who finished it."""

    contact = forms.ModelChoiceField(label=_("Who"), queryset=Contact.objects.none(), empty_label=None)
    completed_on = DayField(label=_("When"), required=False)

    def __init__(self, *args: Any, user: User, account_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who: Any = self.fields["contact"]
        # SECURITY: people of an account that the user may change, nobody else's.
        who.queryset = Contact.objects.editable_by(user).filter(account=account_id).order_by("name")
