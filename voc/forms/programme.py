"""Forms of the programme page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.conditions import ConditionsField
from team.models import Role, User
from ui.forms import DayField
from voc.models import Programme, ProgrammeGoal
from voc.selectors.programme_figures import FIGURES

MOST_PERCENT = 100


def _people() -> Any:
    return User.objects.filter(is_active=True).exclude(role=Role.VIEWER).order_by("name")


class ProgrammeForm(forms.ModelForm[Programme]):
    """Where listening begins, and who stands for it."""

    scope = ConditionsField(label=_("The account must be so"))
    started_on = DayField(label=_("Started on"))

    class Meta:
        model = Programme
        fields = ("name", "scope", "started_on", "sponsor")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).order_by("name")
        self.fields["sponsor"] = forms.ModelChoiceField(people, required=False, label=_("Sponsor"))


class _Target(forms.ModelForm[ProgrammeGoal]):
    due_on = DayField(label=_("By"), help_text=_("A day: fri, +2w, end of q."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"] = forms.ModelChoiceField(_people(), required=False, label=_("Owner"))

    def measure_key(self) -> str:
        """The figure that the goal is for."""
        return str(self.cleaned_data.get("measure") or self.instance.measure)

    def clean(self) -> dict[str, Any]:
        """A share is 0 to 100 %."""
        found = super().clean() or {}
        target, figure = found.get("target"), FIGURES.get(self.measure_key())
        if target is not None and target < 0:
            self.add_error("target", _("A target is not below zero."))
        if target is not None and figure and figure.unit == "%" and target > MOST_PERCENT:
            self.add_error("target", _("A share is at most 100 %."))
        return found


class GoalForm(_Target):
    """Target, date and owner of a goal that exists."""

    class Meta:
        model = ProgrammeGoal
        fields = ("target", "due_on", "owner")


class NewGoalForm(_Target):
    """A goal for one of the figures without one."""

    measure = forms.ChoiceField(label=_("Figure"))

    class Meta:
        model = ProgrammeGoal
        fields = ("measure", "target", "due_on", "owner")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = set(ProgrammeGoal.objects.values_list("measure", flat=True))
        stages = dict(ProgrammeGoal.Stage.choices)
        free = [one for one in FIGURES.values() if one.key not in taken]
        field = self.fields["measure"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                label,
                [
                    (one.key, f"{one.label} ({one.unit})" if one.unit else one.label)
                    for one in free
                    if one.stage == stage
                ],
            )
            for stage, label in stages.items()
        ]

    def arguments(self) -> dict[str, Any]:
        """What the service takes: the stage follows from the figure."""
        return {**self.cleaned_data, "stage": FIGURES[self.cleaned_data["measure"]].stage}
