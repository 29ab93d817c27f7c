"""A theme as people edit it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from team.models import Department
from voc.formulas.understanding.features import LANGUAGES
from voc.models import Theme


class ThemeForm(forms.Form):
    """Keywords are one line per language, with commas between."""

    name = forms.CharField(label=_("Name"), max_length=80)
    parent = forms.ModelChoiceField(
        Theme.objects.none(), label=_("Group"), required=False, empty_label=_("None: it is a group itself")
    )
    department = forms.ModelChoiceField(Department.objects.all(), label=_("Department"), required=False)
    keywords_en = forms.CharField(label=_("Keywords, English"), required=False, help_text=_("Commas between them."))
    keywords_da = forms.CharField(label=_("Keywords, Danish"), required=False)
    keywords_zh = forms.CharField(label=_("Keywords, Chinese"), required=False)

    def __init__(self, *args: Any, theme: Theme | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = Theme.objects.in_use().filter(parent=None)
        self.fields["parent"].queryset = groups.exclude(pk=theme.pk) if theme else groups  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """What the services take."""
        data = self.cleaned_data
        words = {
            code: [word.strip() for word in data[f"keywords_{code}"].replace("，", ",").split(",") if word.strip()]
            for code in LANGUAGES
        }
        return {
            "name": data["name"],
            "parent": data["parent"],
            "department": data["department"],
            "keywords": {code: found for code, found in words.items() if found},
        }

    @staticmethod
    def start_of(theme: Theme) -> dict[str, Any]:
        """What the form shows of a theme."""
        words = {f"keywords_{code}": ", ".join(theme.keywords.get(code, ())) for code in LANGUAGES}
        return {"name": theme.name, "parent": theme.parent_id, "department": theme.department_id, **words}


class MergeForm(forms.Form):
    """Into which theme."""

    into = forms.ModelChoiceField(Theme.objects.none(), label=_("Into"))

    def __init__(self, *args: Any, theme: Theme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = Theme.objects.in_use().exclude(pk=theme.pk)  # type: ignore[attr-defined]


class CorrectionForm(forms.Form):
    """One correction in place: what it is about, and what is right."""

    label = forms.ChoiceField(choices=(), required=False)
    language = forms.RegexField(r"^[a-z]{2}$", required=False)
    add = forms.ModelChoiceField(Theme.objects.none(), required=False)
    remove = forms.ModelChoiceField(Theme.objects.none(), required=False)

    def __init__(self, *args: Any, labels: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].choices = labels  # type: ignore[attr-defined]
        for name in ("add", "remove"):
            self.fields[name].queryset = Theme.objects.all()  # type: ignore[attr-defined]


class TopicForm(forms.Form):
    """A topic becomes a theme."""

    name = forms.CharField(label=_("Name"), max_length=80)
    parent = forms.ModelChoiceField(Theme.objects.none(), label=_("Group"), required=False)
    department = forms.ModelChoiceField(Department.objects.all(), label=_("Department"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Theme.objects.in_use().filter(parent=None)  # type: ignore[attr-defined]
