"""Forms of waves: whom to ask, how many, when."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.conditions import ConditionsField
from accounts.models import Persona
from lifecycle.models import Stage
from team.models import SavedView, User
from ui.forms import DayField, Inline
from voc.models import Wave
from voc.selectors.audiences import FILE, LIST, RULE, VIEW, AudienceSpec, usable_views
from voc.selectors.zones import read_zone
from voc.services.waves.matching import Matched, TooManyRows, match_people, read_rows

KINDS = [
    (RULE, _("Everybody who fits a rule")),
    (VIEW, _("A saved view")),
    (FILE, _("A file or list of people")),
]
RHYTHMS = [
    ("", _("Once")),
    (30, _("Every 30 days")),
    (91, _("Every quarter (91 days)")),
    (182, _("Every half year (182 days)")),
    (364, _("Every year (364 days)")),
]
MOST_BYTES = 2_000_000


class ViewField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Saved views of accounts and contacts."""

    def label_from_instance(self, obj: SavedView) -> str:
        where = _("Accounts") if obj.list_name == "accounts" else _("Contacts")
        return f"{where}: {obj.name}"


class AudienceForm(forms.Form):
    """Who is meant and how many of them; enough for a forecast."""

    kind = forms.ChoiceField(label=_("Who is asked"), choices=KINDS, initial=RULE, widget=Inline)
    view = ViewField(
        label=_("Saved view"), queryset=SavedView.objects.none(), required=False, empty_label=_("Choose a view")
    )
    conditions = ConditionsField(label=_("Accounts that meet all of these"))
    personas = forms.MultipleChoiceField(
        label=_("Personas"),
        choices=Persona.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all of them."),
    )
    stages = forms.MultipleChoiceField(
        label=_("Stages"),
        choices=Stage.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all of them."),
    )
    per_account = forms.IntegerField(label=_("People per account at most"), required=False, min_value=1, max_value=999)
    sample_size = forms.IntegerField(
        label=_("Ask at most"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=_("A random part of the audience. Empty: everybody."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        field: Any = self.fields["view"]
        field.queryset = usable_views(user)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") == VIEW and not values.get("view") and "view" not in self.errors:
            self.add_error("view", _("Choose a view."))
        return values

    def spec(self) -> AudienceSpec:
        """The audience that the valid form means; people of a file are not in it."""
        values = self.cleaned_data
        view = values.get("view")
        return AudienceSpec(
            kind=values["kind"],
            view_id=view.pk if view else None,
            conditions=tuple(values["conditions"]),
            personas=tuple(values["personas"]),
            stages=tuple(values["stages"]),
        )


class WaveForm(AudienceForm):
    """A whole wave."""

    name = forms.CharField(label=_("Name"), max_length=100)
    people = forms.CharField(
        label=_("Mail addresses or contact numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One per line, or a pasted table with a column “email”."),
    )
    file = forms.FileField(label=_("or a CSV file"), required=False)
    send_on = DayField(label=_("Day"), required=False)
    send_time = forms.TimeField(
        label=_("Time"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"placeholder": "09:00"})
    )
    recurs_every_days = forms.TypedChoiceField(
        label=_("Again"), choices=RHYTHMS, coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, wave: Wave | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wave = wave
        self.matched: Matched | None = None
        send_on: Any = self.fields["send_on"]
        send_on.help_text = _("By your clock (%(zone)s). Empty: as soon as you confirm.") % {"zone": self.zone.key}
        if wave and wave.recurs_every_days and wave.recurs_every_days not in dict(RHYTHMS):
            rhythm: Any = self.fields["recurs_every_days"]
            own = (wave.recurs_every_days, _("Every %(days)d days") % {"days": wave.recurs_every_days})
            rhythm.choices = [*RHYTHMS, own]

    @property
    def zone(self) -> ZoneInfo:
        """The clock of whoever writes."""
        return read_zone(self.user.time_zone) or ZoneInfo("UTC")

    def clean_file(self) -> str:
        """The file's text."""
        upload: Any = self.cleaned_data["file"]
        if not upload:
            return ""
        if (upload.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is larger than 2 MB."))
        try:
            return str(upload.read(), "utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("The file is no text in UTF-8; save it as CSV (UTF-8).")) from error

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("kind") == FILE:
            self._match(values)
        if values.get("send_time") and not values.get("send_on"):
            self.add_error("send_on", _("A time needs its day."))
        return values

    def _match(self, values: dict[str, Any]) -> None:
        text = "\n".join(part for part in (values.get("people"), values.get("file")) if part)
        if not text.strip():
            if not (self.wave and self.wave.audience.get("kind") in (FILE, LIST)):
                self.add_error("people", _("Paste the people or choose a file."))
            return
        try:
            self.matched = match_people(user=self.user, rows=read_rows(text))
        except TooManyRows:
            self.add_error("people", _("At most 20,000 rows at once."))
            return
        if not self.matched.contact_ids:
            self.add_error("people", _("None of these rows matches a contact whom you may write to."))

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        values = self.cleaned_data
        spec = self.spec()
        audience: dict[str, Any] = {"kind": spec.kind}
        if spec.kind == VIEW:
            audience["view"] = spec.view_id
        if spec.kind == FILE:
            audience = self.matched.as_audience() if self.matched else (self.wave.audience if self.wave else audience)
        return {
            "name": values["name"],
            "audience": audience,
            "conditions": list(spec.conditions),
            "personas": list(spec.personas),
            "stages": list(spec.stages),
            "sample_size": values["sample_size"],
            "per_account": values["per_account"],
            "send_at": self._moment(),
            "recurs_every_days": values["recurs_every_days"],
        }

    def _moment(self) -> dt.datetime | None:
        day = self.cleaned_data["send_on"]
        if day is None:
            return None
        time = self.cleaned_data["send_time"] or dt.time(9)
        return dt.datetime.combine(day, time, tzinfo=self.zone)


def initial_of(wave: Wave, user: User) -> dict[str, Any]:
    """A wave as its form begins."""
    zone = read_zone(user.time_zone) or ZoneInfo("UTC")
    moment = wave.send_at.astimezone(zone) if wave.send_at else None
    kind = wave.audience.get("kind", RULE)
    return {
        "name": wave.name,
        "kind": FILE if kind == LIST else kind,
        "view": wave.audience.get("view"),
        "conditions": wave.conditions,
        "personas": wave.personas,
        "stages": wave.stages,
        "per_account": wave.per_account,
        "sample_size": wave.sample_size,
        "send_on": moment.date() if moment else None,
        "send_time": moment.time().replace(second=0, microsecond=0) if moment else None,
        "recurs_every_days": wave.recurs_every_days or "",
    }


class LaunchForm(forms.Form):
    """The number of people, typed: what went out cannot be taken back."""

    count = forms.IntegerField(label=_("Type the number of people to send"), min_value=1)
