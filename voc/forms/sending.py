"""Forms that ask whom to ask."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact
from voc.models import Survey
from voc.selectors.candidates import Candidate


class SurveyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Surveys that can be sent."""

    def __init__(self, **kwargs: Any) -> None:
        surveys = Survey.objects.filter(is_active=True, versions__isnull=False).distinct().order_by("name")
        super().__init__(queryset=surveys, label=_("Survey"), empty_label=None, **kwargs)


class SendForm(forms.Form):
    """One account: which survey, which people. Whom the budget lets through on no day cannot be picked."""

    survey = SurveyField()
    contacts = forms.ModelMultipleChoiceField(label=_("Who is asked"), queryset=Contact.objects.none())

    def __init__(self, *args: Any, candidates: list[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["contacts"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        pickable = [one.contact.pk for one in candidates if one.can_be_picked]
        field.queryset = Contact.objects.filter(pk__in=pickable)
        field.error_messages["required"] = _("Pick at least one person.")
