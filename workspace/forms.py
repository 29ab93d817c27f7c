"""Small forms of the list and the account page."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from lifecycle.models import Stage
from team.models import Role, User
from ui.forms import DayField
from workspace.formulas.decks import MOST_NOTES, MOST_WORDS, PERIODS, SLIDES, Choice, Composition

MOST_PICKED = 200


def carriers() -> Any:
    """People who may carry accounts."""
    return User.objects.filter(is_active=True, role__in=[Role.CSM, Role.MANAGER, Role.ADMIN]).order_by("name")


class OwnerForm(forms.Form):
    """Who carries an account; nobody is possible."""

    csm = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["csm"].queryset = carriers()  # type: ignore[attr-defined]


class NextStepForm(forms.Form):
    """What happens next and when: it becomes the account's first open task."""

    title = forms.CharField(label=_("Next step"), max_length=200)
    due_on = DayField(label=_("When"), required=False)


class BulkForm(forms.Form):
    """One action on picked accounts; at most as many as a list shows."""

    selected = forms.ModelMultipleChoiceField(queryset=Account.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # SECURITY: ids of accounts that the user may not change are refused as unknown.
        self.fields["selected"].queryset = Account.objects.editable_by(user).select_related("csm", "summary")  # type: ignore[attr-defined]

    def accounts(self) -> Sequence[Account]:
        return list(self.cleaned_data["selected"][:MOST_PICKED])


class BulkAssignForm(BulkForm):
    csm = forms.ModelChoiceField(queryset=User.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["csm"].queryset = carriers()  # type: ignore[attr-defined]


class BulkStageForm(BulkForm):
    """By name: each account goes to the stage of that name in its own journey."""

    stage = forms.CharField(max_length=60)

    def clean_stage(self) -> str:
        name: str = self.cleaned_data["stage"]
        if not Stage.objects.filter(journey__is_active=True, name=name).exists():
            raise ValidationError(_("There is no such stage."))
        return name


class BulkTagForm(BulkForm):
    tag = forms.CharField(max_length=40)


class BulkTaskForm(BulkForm):
    title = forms.CharField(max_length=200)
    due_on = DayField(required=False)

    def due(self) -> dt.date | None:
        due: dt.date | None = self.cleaned_data["due_on"]
        return due


class DeckForm(forms.Form):
    """How a business review is composed: the time, the language, and for each slide what it shows and says.

    Fields of a slide are named `<slide>-on`, `-option-<name>`, `-text` and `-notes`.
    """

    weeks = forms.TypedChoiceField(label=_("Time under review"), choices=PERIODS, coerce=int)
    language = forms.ChoiceField(label=_("Language of the slides"))

    def __init__(self, data: Any = None, *, composition: Composition) -> None:
        super().__init__(data, initial={"weeks": composition.weeks, "language": composition.language})
        language: Any = self.fields["language"]
        language.choices = settings.LANGUAGES
        for kind, choice in zip(SLIDES, composition.slides, strict=True):
            self.fields[f"{kind.name}-on"] = forms.BooleanField(
                label=str(kind.label), required=False, initial=choice.is_on
            )
            for option in kind.options:
                self.fields[f"{kind.name}-option-{option.name}"] = forms.BooleanField(
                    label=str(option.label), required=False, initial=option.name in choice.options
                )
            self.fields[f"{kind.name}-text"] = forms.CharField(
                label=_("Words on the slide"),
                required=False,
                max_length=MOST_WORDS,
                initial=choice.text,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.fields[f"{kind.name}-notes"] = forms.CharField(
                label=_("Your notes (PowerPoint alone)"),
                required=False,
                max_length=MOST_NOTES,
                initial=choice.notes,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def rows(self) -> list[dict[str, Any]]:
        """For the template: each slide with its fields."""
        return [
            {
                "kind": kind,
                "on": self[f"{kind.name}-on"],
                "options": [(option, self[f"{kind.name}-option-{option.name}"]) for option in kind.options],
                "text": self[f"{kind.name}-text"],
                "notes": self[f"{kind.name}-notes"],
            }
            for kind in SLIDES
        ]

    def composition(self) -> Composition:
        """What was chosen; only of a valid form."""
        data = self.cleaned_data
        slides = tuple(
            Choice(
                name=kind.name,
                is_on=data[f"{kind.name}-on"],
                options=frozenset(one.name for one in kind.options if data[f"{kind.name}-option-{one.name}"]),
                text=data[f"{kind.name}-text"],
                notes=data[f"{kind.name}-notes"],
            )
            for kind in SLIDES
        )
        return Composition(weeks=data["weeks"], language=data["language"], slides=slides)
