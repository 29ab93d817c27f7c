"""Small forms of the list and the account page."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from lifecycle.models import Stage
from team.models import Role, User
from ui.forms import DayField

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
