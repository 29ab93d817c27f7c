"""Forms of a survey as a whole: the first step, its settings, publishing, import."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from team.models import Role, User
from ui.forms import Switch
from voc.formulas.checks import Finding
from voc.formulas.contrast import LEAST_CONTRAST, TEXT_ON_BRAND, contrast, readable_shade
from voc.formulas.survey_templates import SURVEY_TEMPLATES
from voc.models import Survey
from voc.services.surveys import SETTINGS

WRITERS = (Role.ADMIN, Role.MANAGER, Role.CSM)
LARGEST_FILE = 500_000  # bytes


class NewSurveyForm(forms.Form):
    """A survey begins with a name and, if wanted, with a template."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True}))
    template = forms.ChoiceField(label=_("Begin with"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["template"]
        field.choices = [
            ("", _("Nothing: own questions")),
            *((slug, _(one.name)) for slug, one in SURVEY_TEMPLATES.items()),
        ]


class SurveySettingsForm(forms.ModelForm[Survey]):
    """Why it is asked, how it looks, how it goes out."""

    class Meta:
        model = Survey
        fields = SETTINGS
        labels = {
            "decision": _("Decision it serves"),
            "who_reads": _("Who reads the answers, and what for"),
            "is_anonymous": _("Anonymous: nobody can find out who answered"),
            "is_transactional": _("About one case"),
            "is_about_renewal": _("Before a renewal"),
        }
        help_texts = {
            "decision": _("What will be done differently, depending on the answers?"),
            "measure": _("The number you will look at."),
            "target": _("The value you want to reach."),
            "who_reads": _("Customers read this above the first question."),
            "is_about_renewal": _("May use the share of the contact budget that is kept for renewals."),
            "brand_name": _("Empty: the vendor's name."),
            "remind_after_days": _("Between the mail and the reminder, and between two reminders."),
        }
        widgets = {
            "is_anonymous": Switch,
            "is_transactional": Switch,
            "is_about_renewal": Switch,
            "brand_color": forms.TextInput(attrs={"placeholder": "#1a5fb4", "maxlength": 7}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.filter(is_active=True, role__in=WRITERS).order_by("name")
        owner.empty_label = None
        for name in ("valid_days", "reminders", "remind_after_days"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"
        self.fields["valid_days"].widget.attrs |= {"min": 1, "max": 365}
        self.fields["reminders"].widget.attrs |= {"min": 0, "max": 3}
        self.fields["remind_after_days"].widget.attrs |= {"min": 1, "max": 60}

    def clean_brand_color(self) -> str:
        """A colour as the database holds it."""
        color: str = self.cleaned_data["brand_color"].strip().lower()
        if color and not (
            len(color) == 7 and color[0] == "#" and all(char in "0123456789abcdef" for char in color[1:])
        ):
            raise ValidationError(_("Write it as #rrggbb, for example #1a5fb4."))
        return color

    def clean_valid_days(self) -> int:
        days: int = self.cleaned_data["valid_days"]
        if not 1 <= days <= 365:
            raise ValidationError(_("From 1 to 365 days."))
        return days

    def clean_reminders(self) -> int:
        number: int = self.cleaned_data["reminders"]
        if number > 3:
            raise ValidationError(_("Three at most."))
        return number

    def clean_remind_after_days(self) -> int:
        days: int = self.cleaned_data["remind_after_days"]
        if not 1 <= days <= 60:
            raise ValidationError(_("From 1 to 60 days."))
        return days


def contrast_of(color: str) -> dict[str, Any] | None:
    """How well white text reads on a colour, and a shade on which it does."""
    if not color:
        return None
    ratio = contrast(color, TEXT_ON_BRAND)
    return {"ratio": f"{ratio:.1f}", "is_good": ratio >= LEAST_CONTRAST, "shade": readable_shade(color)}


class PublishForm(forms.Form):
    """What changed, and which warnings may stand."""

    note = forms.CharField(label=_("What changed"), max_length=300, required=False)

    def __init__(self, *args: Any, warnings: tuple[Finding, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accepted"] = forms.MultipleChoiceField(
            label=_("These may stand"),
            required=False,
            choices=[(one.name, one.words) for one in warnings],
            widget=forms.CheckboxSelectMultiple,
        )


class ImportForm(forms.Form):
    """A definition as JSON: a file, or pasted."""

    file = forms.FileField(label=_("File"), required=False)
    text = forms.CharField(
        label=_("Or paste it here"), required=False, max_length=LARGEST_FILE, widget=forms.Textarea(attrs={"rows": 12})
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        file = data.get("file")
        if file is not None and file.size > LARGEST_FILE:
            raise ValidationError(_("The file is larger than 500 kB."))
        try:
            raw = file.read().decode("utf-8-sig") if file is not None else data.get("text", "")
        except UnicodeDecodeError as error:
            raise ValidationError(_("The file is not text in UTF-8.")) from error
        if not raw.strip():
            raise ValidationError(_("Choose a file, or paste the JSON."))
        data["raw"] = raw
        return data
