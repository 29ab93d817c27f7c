"""Which accounts change hands, to whom, and what goes along."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm
from accounts.models import Account, Segment
from lifecycle.services.books import KEEPERS, MOVES
from team.models import User

MOST_PLANNED = 20_000
NOBODY = "none"
BANDS = (
    ("critical", _("Critical")),
    ("risk", _("At risk")),
    ("watch", _("Watch")),
    ("good", _("Good")),
    ("great", _("Great")),
    ("unobserved", _("Unobserved")),
)
MOVE_WORDS = {
    "tasks": _("Open tasks"),
    "plays": _("Running plays and mails that wait"),
    "renewals": _("Open renewals"),
    "goals": _("Open goals and promises"),
}


def _keepers() -> QuerySet[User]:
    return User.objects.active().filter(role__in=KEEPERS).order_by("name", "pk")


class PickForm(PlainForm):
    """Which accounts: the filter of the list."""

    source = forms.ChoiceField(label=_("From"), required=False)
    segment = forms.ModelChoiceField(
        label=_("Segment"), queryset=Segment.objects.all(), required=False, empty_label=_("All"), to_field_name="slug"
    )
    band = forms.ChoiceField(label=_("Health"), choices=[("", _("All")), *BANDS], required=False)
    q = forms.CharField(label=_("Name or tag"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(person.pk), person.name or person.email) for person in _keepers()]
        for field in self.fields.values():
            field.widget.attrs["class"] = "select" if isinstance(field.widget, forms.Select) else "input"
        source: Any = self.fields["source"]
        source.choices = [("", _("Everybody")), (NOBODY, _("Nobody's accounts")), *people]

    def apply(self, accounts: QuerySet[Account]) -> QuerySet[Account]:
        """The accounts that the filter lets through; without a person, segment, band or word all of them."""
        data = self.cleaned_data
        if data["source"] == NOBODY:
            accounts = accounts.filter(csm=None)
        elif data["source"]:
            accounts = accounts.filter(csm=int(data["source"]))
        if data["segment"]:
            accounts = accounts.filter(segment=data["segment"])
        if data["band"]:
            accounts = accounts.filter(summary__health_band="" if data["band"] == "unobserved" else data["band"])
        if data["q"]:
            accounts = accounts.filter(name__icontains=data["q"]) | accounts.filter(tags__contains=[data["q"]])
        return accounts


class DivideForm(PlainForm):
    """To whom, and how several share."""

    targets = forms.ModelMultipleChoiceField(
        label=_("To"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    by = forms.ChoiceField(
        label=_("Several share by"),
        choices=[("arr", _("ARR")), ("load", _("Load of the week")), ("count", _("Number of accounts"))],
        initial="arr",
    )
    all = forms.BooleanField(label=_("Every account of the filter"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        targets: Any = self.fields["targets"]
        targets.queryset = _keepers()


class HandOverForm(PlainForm):
    """The plan that was looked at, the note, and what goes along."""

    plan = forms.CharField(widget=forms.HiddenInput, max_length=500_000)
    note = forms.CharField(
        label=_("Handover note"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It stands on the timeline of every account, for the success team."),
    )
    moves = forms.MultipleChoiceField(
        label=_("What goes along"),
        choices=[(name, MOVE_WORDS[name]) for name in MOVES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=list(MOVES),
    )

    def clean_plan(self) -> dict[int, int]:
        """{account: CSM}, as the preview wrote it. Whether the person may is judged by the service."""
        try:
            told = json.loads(self.cleaned_data["plan"])
            plan = {int(account): int(person) for account, person in told.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise ValidationError(_("Look at the books again before you move them.")) from error
        if not plan or len(plan) > MOST_PLANNED:
            raise ValidationError(_("Look at the books again before you move them."))
        return plan
