"""The form of a routing rule."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.conditions import ConditionsField
from team.models import User
from voc.models import RoutingRule
from voc.selectors.routing import feedback_names
from voc.services.routing_rules import FIELDS

PRIORITIES = [(1, _("1, most urgent")), (2, "2"), (3, "3"), (4, _("4, least urgent"))]


class RoutingRuleForm(forms.ModelForm[RoutingRule]):
    """What was said, by whom, and who answers."""

    match = ConditionsField(
        label=_("What was said must be so"), names=feedback_names, row_url=reverse_lazy("routing_row")
    )
    conditions = ConditionsField(label=_("The account must be so"))
    priority = forms.TypedChoiceField(label=_("Priority"), choices=PRIORITIES, coerce=int, initial=3)

    class Meta:
        model = RoutingRule
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["person"]
        person.queryset = User.objects.filter(is_active=True).exclude(role="viewer").order_by("name")
        person.required = False
        self.fields["name"].widget.attrs["autofocus"] = True
        self.fields["sla_hours"].widget.attrs |= {"inputmode": "numeric", "min": 1}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        is_for_one = values.get("assign") == RoutingRule.Assign.PERSON
        if is_for_one and not values.get("person"):
            self.add_error("person", _("Choose who answers, or let somebody else."))
        if not is_for_one:
            values["person"] = None
        return values

    def unsaved(self) -> RoutingRule:
        """The rule as it stands in a valid form, in its place among the others."""
        rule = RoutingRule(**{name: self.cleaned_data[name] for name in FIELDS})
        rule.pk, rule.position = self.instance.pk, self.instance.position
        return rule
