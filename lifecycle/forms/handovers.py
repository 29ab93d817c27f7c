"""The handover: what sales knows, promises and people in rows."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm
from accounts.models import Account, Persona
from lifecycle.models import Handover, Promise
from lifecycle.services.handovers import OF_ACCOUNT, OWN, Promised, Stakeholder
from ui.forms import DayField

NEW_ROWS = 3
MOST_ROWS = 30


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class HandoverForm(PlainForm):
    """Why they bought, what they want, what was seen in the sale."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    intent = forms.ChoiceField(label=_("Why they bought"), choices=[("", "–"), *Account.Intent.choices], required=False)
    desired_outcomes = forms.CharField(label=_("Desired outcomes"), max_length=5000, required=False, widget=_area())
    decision_context = forms.CharField(
        label=_("How the decision was made"),
        max_length=5000,
        required=False,
        widget=_area(),
        help_text=_("Who wanted it, who did not, what it competed with."),
    )
    success_criteria = forms.CharField(
        label=_("How they will know it worked"), max_length=5000, required=False, widget=_area()
    )
    risks = forms.CharField(label=_("Risks seen in the sale"), max_length=5000, required=False, widget=_area())
    has_no_risks = forms.BooleanField(label=_("No risks seen"), required=False)
    has_no_promises = forms.BooleanField(label=_("Nothing was promised"), required=False)
    notes = forms.CharField(
        label=_("What else the success team should know"), max_length=5000, required=False, widget=_area()
    )

    def __init__(self, data: Any = None, *, account: Account, handover: Handover | None) -> None:
        start: dict[str, Any] = {name: getattr(account, name) for name in OF_ACCOUNT}
        if handover is not None:
            start |= {name: getattr(handover, name) for name in (*OWN, "version")}
        super().__init__(data, initial=start)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("has_no_risks") and cleaned.get("risks", "").strip():
            self.add_error("has_no_risks", _("Risks are written above."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """Arguments of `save_handover`."""
        return {name: self.cleaned_data[name] for name in (*OF_ACCOUNT, *OWN)}


class PromiseRow(forms.Form):
    """One promise of the sale; an empty one is none."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    words = forms.CharField(label=_("What was promised"), max_length=300, required=False)
    due_on = DayField(label=_("By when"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("words") and not cleaned.get("due_on") and "due_on" not in self.errors:
            raise ValidationError({"due_on": _("By when?")})
        return cleaned


class PersonRow(forms.Form):
    """One person at the customer; an empty one is nobody."""

    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    title = forms.CharField(label=_("Job title"), max_length=120, required=False)
    persona = forms.ChoiceField(label=_("Persona"), choices=[("", "–"), *Persona.choices], required=False)


PromiseRows = forms.formset_factory(PromiseRow, extra=NEW_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
PersonRows = forms.formset_factory(PersonRow, extra=NEW_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


def promise_rows(data: Any, known: list[Promise]) -> Any:
    """Open promises of the sale, and three empty rows."""
    start = [
        {"pk": one.pk, "words": one.words, "due_on": one.due_on} for one in known if one.state == Promise.State.OPEN
    ]
    return PromiseRows(data, prefix="promises", initial=start)


def person_rows(data: Any) -> Any:
    """Three empty rows; who is known already stands on the page."""
    return PersonRows(data, prefix="people")


def promised_in(rows: Any) -> list[Promised]:
    """The rows of promises that say something, or name one that is there."""
    found = [form.cleaned_data for form in rows.forms if form.cleaned_data]
    return [
        Promised(words=row.get("words", ""), due_on=row.get("due_on"), pk=row.get("pk"))
        for row in found
        if row.get("words") or row.get("pk")
    ]


def people_in(rows: Any) -> list[Stakeholder]:
    """The rows of people that name somebody."""
    found = [form.cleaned_data for form in rows.forms if form.cleaned_data]
    return [
        Stakeholder(
            name=row.get("name", ""),
            email=row.get("email", ""),
            title=row.get("title", ""),
            persona=row.get("persona", ""),
        )
        for row in found
        if row.get("name") or row.get("email")
    ]


class SendBackForm(PlainForm):
    """What sales is to say more about."""

    reason = forms.CharField(label=_("What is missing"), max_length=300, widget=_area())
