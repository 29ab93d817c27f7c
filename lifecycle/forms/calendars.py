"""Subscribing to a calendar, giving a file, and saying whose meeting it is."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm
from accounts.models import Account
from lifecycle.formulas.ics import MOST_BYTES
from lifecycle.models import CalendarSource
from team.models import User
from ui.forms import Combobox

MOST_CALENDARS = 10


class CalendarForm(PlainForm):
    """An address that answers with a calendar."""

    name = forms.CharField(label=_("Name"), max_length=60)
    url = forms.CharField(
        label=_("Secret address in iCal format"),
        max_length=1000,
        help_text=_("Your calendar's settings show it: “secret address” at Google, “publish” at Outlook and Apple."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        if url.lower().startswith("webcal://"):
            url = f"https://{url[9:]}"
        URLValidator(schemes=["http", "https"], message=_("Write an address that begins with https://."))(url)
        if urlsplit(url).username:
            raise ValidationError(_("An address with a name and password in it is not read."))
        return url

    def clean(self) -> dict[str, Any]:
        if CalendarSource.objects.filter(user=self.user).count() >= MOST_CALENDARS:
            raise ValidationError(_("Ten calendars are the most that one person may subscribe to."))
        return super().clean() or self.cleaned_data


class CalendarFileForm(PlainForm):
    """A calendar file."""

    file = forms.FileField(
        label=_("Calendar file (.ics)"), widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"})
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("The calendar is too large to read."))
        return file


class MeetingForm(PlainForm):
    """The account of a meeting; empty: it belongs to none."""

    account = forms.ModelChoiceField(
        label=_("Account"),
        queryset=Account.objects.none(),
        required=False,
        widget=Combobox(url=reverse_lazy("account_options")),  # type: ignore[arg-type]
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts: Any = self.fields["account"]
        # SECURITY: who may not see an account cannot find out whether it exists by naming its id.
        accounts.queryset = Account.objects.visible_to(user)
