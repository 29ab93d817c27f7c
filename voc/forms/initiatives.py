"""Forms of initiatives."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from team.models import Department, User
from ui.forms import Combobox, DayField, Switch
from voc.forms.feedback import PeopleForm
from voc.formulas.definitions import LANGUAGES
from voc.models import Initiative, Insight, Theme
from voc.selectors.initiatives import (
    departments_to_lead,
    fact_choices,
    may_take,
    open_for,
    people_to_own,
    takeable,
    theme_choices,
)
from voc.services.initiatives.telling import LONGEST


class InitiativeForm(forms.Form):
    """What a piece of work is about."""

    title = forms.CharField(label=_("What will be done?"), max_length=160)
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none(), empty_label=None)
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("Nobody yet")
    )
    target = forms.CharField(
        label=_("Target"), max_length=300, required=False, help_text=_("What shall be different when it is done.")
    )
    theme = forms.ModelChoiceField(
        label=_("Theme"), queryset=Theme.objects.none(), required=False, empty_label=_("None")
    )
    fact = forms.ChoiceField(
        label=_("Fact it shall move"), required=False, help_text=_("It is compared before and after it ships.")
    )
    due_on = DayField(label=_("Due"), required=False, help_text=_("A day: fri, +2w, 23 dec."))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, initiative: Initiative | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("department", departments_to_lead(user), initiative.department_id if initiative else None)
        self._offer("owner", people_to_own(user), initiative.owner_id if initiative else None)
        self._offer("theme", theme_choices(), initiative.theme_id if initiative else None)
        fact = self.fields["fact"]
        assert isinstance(fact, forms.ChoiceField)
        choices = fact_choices(user)
        if initiative is not None and initiative.fact and initiative.fact not in dict(choices):
            choices.append((initiative.fact, initiative.fact))
        fact.choices = [("", "–"), *choices]
        if initiative is None:
            del self.fields["version"]

    def _offer(self, name: str, rows: Any, current: int | None) -> None:
        """Those that may be chosen, and the one that stands there."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        kept = rows.model._default_manager.filter(pk=current) if current else None
        field.queryset = rows if kept is None or rows.filter(pk=current).exists() else (rows | kept).distinct()

    @staticmethod
    def start_of(initiative: Initiative) -> dict[str, Any]:
        """What stands in the form at first."""
        names = ("title", "target", "fact", "due_on", "version")
        keys = {"department": initiative.department_id, "owner": initiative.owner_id, "theme": initiative.theme_id}
        return {name: getattr(initiative, name) for name in names} | keys


class NewInitiativeForm(InitiativeForm):
    """The same with what asks for it from the start."""

    insights = forms.ModelMultipleChoiceField(
        label=_("Insights that ask for it"),
        queryset=Insight.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, user: User, offered: list[int], **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field = self.fields["insights"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = may_take(user).filter(pk__in=offered).select_related("account").order_by("priority", "pk")
        field.label_from_instance = insight_words  # type: ignore[method-assign, assignment]
        if not offered:
            del self.fields["insights"]


def insight_words(insight: Insight) -> str:
    """How an insight stands in a list of choices."""
    return f"{insight.title} · {insight.account.name}"


class ShipForm(forms.Form):
    """Since when it is out."""

    shipped_on = DayField(label=_("Shipped on"), help_text=_("Before and after are counted from this day."))


class ReasonForm(forms.Form):
    """Why not."""

    reason = forms.CharField(label=_("Why not?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class LeaveOutForm(forms.Form):
    """Why this person is not told."""

    reason = forms.CharField(label=_("Why not?"), max_length=200)


class AddInsightForm(forms.Form):
    """One more insight that asks for it."""

    insight = forms.ModelChoiceField(label=_("Insight"), queryset=Insight.objects.none())

    def __init__(self, *args: Any, user: User, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["insight"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = takeable(initiative=initiative, user=user)
        url = reverse("initiative_insight_options", args=[initiative.pk])
        field.widget = Combobox(url=url, attrs={"placeholder": _("Search by title or account")})


class ChooseInitiativeForm(forms.Form):
    """For which work insights ask."""

    initiative = forms.ModelChoiceField(
        label=_("Initiative"), queryset=Initiative.objects.none(), empty_label=_("Choose")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["initiative"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = open_for(user)


class VoteForm(PeopleForm):
    """Who wants it, and in which words."""

    words = forms.CharField(
        label=_("In their words"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].help_text = _("This person hears of it when it ships.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("account") is None and not self.errors:
            self.add_error("account", _("Choose an account or a person."))
        return cleaned


class TextsForm(forms.Form):
    """What customers read, per language."""

    is_public = forms.BooleanField(
        label=_("On the page for customers"),
        required=False,
        widget=Switch,
        help_text=_("Once it has shipped. Name no customer: everybody reads it."),
    )

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        texts = {text.language: text for text in initiative.texts.all()}
        start: dict[str, Any] = {"is_public": initiative.is_public}
        for code, text in texts.items():
            start |= {f"told_{code}": text.told, f"did_{code}": text.did}
        super().__init__(*args, **{"initial": start, **kwargs})
        for code, name in LANGUAGES.items():
            told = forms.CharField(max_length=1000, required=False, widget=_area(code, 2))
            told.label = _("%(language)s: what you told us") % {"language": name}
            did = forms.CharField(max_length=2000, required=False, widget=_area(code, 4))
            did.label = _("%(language)s: what we did") % {"language": name}
            self.fields |= {f"told_{code}": told, f"did_{code}": did}

    def texts(self) -> dict[str, tuple[str, str]]:
        """The words by language."""
        data = self.cleaned_data
        return {code: (data[f"told_{code}"], data[f"did_{code}"]) for code in LANGUAGES}


def _area(language: str, rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "lang": language})


class LetterForm(forms.Form):
    """What one person reads."""

    text = forms.CharField(label=_("What we write"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 12}))


class SendAllForm(forms.Form):
    """The number of people, typed: what went out cannot be taken back."""

    expected = forms.IntegerField(label=_("How many people?"), min_value=1)
