"""Forms of mail to customers and of its templates."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Persona
from lifecycle.formulas.merging import MergeError, check_fields
from lifecycle.models import AccountMail, MailTemplate, Stage
from lifecycle.selectors.mails import fill, known_fields, merge_fields, template_in, templates_by_slug
from team.clock import today
from team.models import User
from ui.forms import DayField


class ContactChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """People of the account; who cannot get mail is named with the reason."""

    def label_from_instance(self, obj: Any) -> str:
        parts = [obj.name, obj.get_persona_display() or obj.title]
        if obj.language != "en":
            parts.append(dict(settings.LANGUAGES).get(obj.language, obj.language))
        if obj.status != Contact.Status.ACTIVE:
            parts.append(obj.get_status_display())
        elif not obj.email:
            parts.append(_("no mail address"))
        return " · ".join(str(part) for part in parts if part)


class MailForm(forms.Form):
    """A mail to one person of an account. The words may hold merge fields; `letter` is what they come to."""

    contact = ContactChoice(queryset=Contact.objects.none(), label=_("To"), empty_label=None)
    template = forms.ChoiceField(label=_("Template"), required=False)
    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 10}), max_length=20_000)
    asks_for = forms.CharField(
        label=_("What we ask for"), max_length=200, required=False, help_text=_("Waits on Today until it came.")
    )
    due_on = DayField(label=_("By when"), required=False)

    def __init__(
        self, *args: Any, user: User, account: Account, mail: AccountMail | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.account, self.mail = user, account, mail
        contact: Any = self.fields["contact"]
        # SECURITY: people of this account alone.
        contact.queryset = Contact.objects.filter(account=account).order_by("status", "name")
        self.templates = templates_by_slug()
        choices: Any = self.fields["template"]
        choices.choices = [("", _("None")), *((slug, template.name) for slug, template in self.templates.items())]
        self.fields["subject" if self.initial.get("contact") else "contact"].widget.attrs["autofocus"] = True

    def clean_template(self) -> MailTemplate | None:
        """The chosen template as the person reads it."""
        family = self.templates.get(self.cleaned_data["template"])
        contact = self.cleaned_data.get("contact")
        return template_in(family, contact.language) if family and contact else family

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("due_on") and not cleaned.get("asks_for"):
            self.add_error("asks_for", _("Say what is due on that day."))
        return cleaned

    def letter(self) -> Any:
        """The mail as the person will read it; call it on a valid form."""
        data = self.cleaned_data
        writer = self.user if self.mail is None else (self.mail.author or self.mail.owner)
        fields = merge_fields(
            self.account,
            data["contact"],
            writer,
            asks_for=data["asks_for"],
            due_on=data["due_on"],
            language=data["template"].language if data["template"] else "",
        )
        return fill(data["subject"], data["body"], fields)


class TemplateForm(forms.ModelForm[MailTemplate]):
    """The words of one template in one language."""

    class Meta:
        model = MailTemplate
        fields = ("name", "language", "subject", "body", "wanted_action", "stage_kind", "persona")
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
        self.fields["stage_kind"] = forms.ChoiceField(
            label=_("Stage"), required=False, choices=[("", _("Any")), *Stage.Kind.choices]
        )
        self.fields["persona"] = forms.ChoiceField(
            label=_("Persona"), required=False, choices=[("", _("Anybody")), *Persona.choices]
        )
        self.fields["name"].widget.attrs["autofocus"] = True

    def _check(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        try:
            check_fields(text, known_fields())
        except MergeError as error:
            raise ValidationError(str(error)) from error
        return text

    def clean_subject(self) -> str:
        return self._check("subject")

    def clean_body(self) -> str:
        return self._check("body")


class RejectForm(forms.Form):
    """Why a mail of a play is not sent."""

    reason = forms.CharField(label=_("Why"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True}))


class LaterForm(forms.Form):
    """When a mail in the review box is shown again."""

    until = DayField(label=_("Until"))

    def clean_until(self) -> dt.date:
        until: dt.date = self.cleaned_data["until"]
        if until <= today():
            raise ValidationError(_("Choose a day after today."))
        return until
