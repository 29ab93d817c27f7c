"""How notices reach people and departments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from team.models import NoticeWay
from ui.forms import Inline, Switch


class NoticeWayForm(forms.Form):
    """Mail at once, once a day, or none."""

    mail = forms.ChoiceField(
        label=_("Notices by mail"),
        choices=NoticeWay.Mail.choices,
        widget=Inline,
        help_text=_("They wait in your inbox in any case. What you have read there is not mailed."),
    )
    daily_at = forms.TimeField(
        label=_("Time of the daily mail"),
        widget=forms.TimeInput({"type": "time"}, "%H:%M"),
        help_text=_("In your time zone."),
    )


class ChatRoomForm(forms.Form):
    """The chat of a department. SECURITY: the address is never shown again; left empty it stays."""

    address = forms.CharField(
        label=_("Address of the incoming webhook"),
        max_length=500,
        required=False,
        widget=forms.TextInput({"type": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Slack, Teams and Mattermost give one. It is kept encrypted and not shown again."),
    )
    every_minutes = forms.IntegerField(
        label=_("Minutes between messages"),
        min_value=1,
        max_value=1440,
        initial=15,
        help_text=_("What comes in between is gathered into one message."),
    )
    is_active = forms.BooleanField(label=_("On"), required=False, initial=True, widget=Switch)
