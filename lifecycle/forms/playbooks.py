"""Forms of playbooks: the rule, one form per kind of step, and starting by hand."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.forms.conditions import ConditionsField
from accounts.formulas.conditions import ConditionName
from accounts.models import Account, FactDefinition, Persona, Segment
from lifecycle.formulas.plans import LONGEST_WAIT, TASK_DUE_DAYS, WAIT_DAYS
from lifecycle.formulas.trigger_kinds import TRIGGER_KINDS
from lifecycle.models import ContentItem, Playbook, PlaybookStep, Stage, Task
from lifecycle.selectors.mails import templates_by_slug
from lifecycle.selectors.playbooks import BY_HAND, survey_choices
from lifecycle.services.playbooks.writing import FIELDS
from team.models import Department

Kind = PlaybookStep.Kind
_PEOPLE = [("primary", _("The main person (champion first)")), *Persona.choices]


def payload_names(kind: str) -> Callable[[], list[ConditionName]]:
    """What a trigger of a kind carries, for the editor of conditions."""
    known = TRIGGER_KINDS.get(kind)
    return lambda: list(known.catalogue().values()) if known else []


def trigger_choices() -> list[tuple[str, Any]]:
    """Kinds of triggers in the order of the catalogue; by hand alone comes first."""
    kinds = [(kind, each.words) for kind, each in TRIGGER_KINDS.items() if kind != BY_HAND]
    return [("", TRIGGER_KINDS[BY_HAND].words), *kinds]


def effect_choices() -> list[tuple[str, Any]]:
    """What a playbook may be measured by: retention, or a fact that is a number."""
    facts = FactDefinition.objects.filter(type=FactDefinition.Type.NUMBER).order_by("label")
    return [("", _("Nothing")), ("retention", _("Retention: whether they stay")), *facts.values_list("name", "label")]


class PlaybookForm(forms.ModelForm[Playbook]):
    """When a playbook starts, for whom, what keeps it from flooding, and how it is measured."""

    trigger_match = ConditionsField(label=_("What happened must be so"))
    conditions = ConditionsField(label=_("The account must be so"))
    intents = forms.MultipleChoiceField(
        label=_("Only accounts that"),
        choices=Account.Intent.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    segments = forms.ModelMultipleChoiceField(
        label=_("Only segments"), queryset=Segment.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    believed_save = forms.DecimalField(
        label=_("Share of losses that it is believed to save"),
        min_value=0,
        max_value=1,
        decimal_places=3,
        help_text=_("0 to 1; ranks its tasks until its effect is known."),
    )

    class Meta:
        model = Playbook
        fields = (*FIELDS, "segments")
        labels = {
            "quiet_days": _("Days before it may start again on an account"),
            "needs_observed_score": _("Only where the health score rests on enough data"),
            "reason_scope": _("How many at once"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trigger_kind"] = forms.ChoiceField(
            label=_("Starts when"), choices=trigger_choices(), required=False
        )
        self.fields["stage_kind"] = forms.ChoiceField(
            label=_("Stage"), choices=[("", _("Any")), *Stage.Kind.choices], required=False
        )
        self.fields["effect_fact"] = forms.ChoiceField(
            label=_("What it should move"), choices=effect_choices(), required=False
        )
        kind = str(self["trigger_kind"].value() or "")
        match: Any = self.fields["trigger_match"]
        match.use_names(payload_names(kind), reverse("trigger_row", args=[kind or BY_HAND]))
        self.has_payload = bool(payload_names(kind)())
        for name in ("quiet_days", "effect_days", "holdout_percent"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"
        self.fields["holdout_percent"].widget.attrs |= {"min": 0, "max": 50}

    def clean_holdout_percent(self) -> int:
        percent: int = self.cleaned_data["holdout_percent"]
        if percent > 50:
            raise ValidationError(_("At most half can be held out."))
        return percent


class NewPlaybookForm(forms.ModelForm[Playbook]):
    """A playbook begins with a name and what starts it."""

    class Meta:
        model = Playbook
        fields = ("name", "purpose", "trigger_kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trigger_kind"] = forms.ChoiceField(
            label=_("Starts when"), choices=trigger_choices(), required=False
        )
        self.fields["name"].widget.attrs["autofocus"] = True


class StepForm(forms.Form):
    """What every step has; each kind adds its own. `options` is what the step keeps of those."""

    title = forms.CharField(label=_("What is done"), max_length=200)
    offset_days = forms.IntegerField(
        label=_("Business days later"),
        min_value=0,
        max_value=LONGEST_WAIT,
        initial=0,
        help_text=_("After the step before it was finished; 0: at once."),
    )
    option_names: tuple[str, ...] = ()

    def __init__(self, *args: Any, playbook: Playbook, step: PlaybookStep | None = None, **kwargs: Any) -> None:
        if step is not None:
            given = {"title": step.title, "offset_days": step.offset_days, "wanted_action": step.wanted_action}
            kwargs["initial"] = {**step.options, **given, "content": step.content_id}
        super().__init__(*args, **kwargs)
        self.playbook, self.step = playbook, step
        self.fields["title"].widget.attrs["autofocus"] = True

    def values(self) -> dict[str, Any]:
        """The columns of the step; options that the form does not know stay as they are."""
        data = self.cleaned_data
        kept = dict(self.step.options) if self.step else {}
        options = kept | {name: data[name] for name in self.option_names if name in data}
        options = {name: value for name, value in options.items() if value not in ("", None, [], {})}
        return {
            "title": data["title"],
            "offset_days": data["offset_days"],
            "wanted_action": data.get("wanted_action", ""),
            "content": data.get("content"),
            "options": options,
        }


class ContentMixin(forms.Form):
    """Steps that may hand out a piece of content."""

    content = forms.ModelChoiceField(
        label=_("Content"), queryset=ContentItem.objects.all(), required=False, empty_label=_("None")
    )


class TaskStepForm(StepForm, ContentMixin):
    """A task for a person."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Task.Kind.choices, initial=Task.Kind.TODO)
    owner = forms.ChoiceField(label=_("For"), required=False)
    due_days = forms.IntegerField(
        label=_("Due after business days"), min_value=0, max_value=LONGEST_WAIT, initial=TASK_DUE_DAYS
    )
    effort_minutes = forms.IntegerField(label=_("Minutes it takes"), min_value=1, max_value=2400, initial=30)
    to = forms.ChoiceField(label=_("With whom"), required=False, choices=[("", _("Nobody named")), *_PEOPLE])
    is_proactive = forms.BooleanField(label=_("Planned work, not fire-fighting"), required=False, initial=True)
    option_names = ("kind", "owner", "due_days", "effort_minutes", "to", "is_proactive")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leads = [
            (f"lead:{slug}", _("Lead of %(department)s") % {"department": name})
            for slug, name in Department.objects.values_list("slug", "name")
        ]
        owner: Any = self.fields["owner"]
        owner.choices = [("csm", _("The account's CSM")), *leads]


class MailStepForm(StepForm, ContentMixin):
    """A mail; it always asks the customer for something."""

    template = forms.ChoiceField(label=_("Template"))
    to = forms.ChoiceField(label=_("To"), choices=_PEOPLE, initial="primary")
    wanted_action = forms.CharField(
        label=_("What the customer should do"), max_length=200, help_text=_("Every mail asks for something.")
    )
    option_names = ("template", "to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        template: Any = self.fields["template"]
        template.choices = [("", _("Choose")), *((slug, each.name) for slug, each in templates_by_slug().items())]


class SurveyStepForm(StepForm):
    """A survey, within the contact budget."""

    survey = forms.ChoiceField(label=_("Survey"))
    to = forms.ChoiceField(label=_("Who is asked"), initial="primary", choices=[*_PEOPLE, ("all", _("Everybody"))])
    option_names = ("survey", "to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        survey: Any = self.fields["survey"]
        survey.choices = [("", _("Choose")), *survey_choices()]


class WebhookStepForm(StepForm):
    """A signed call to another system."""

    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")
    option_names = ("url",)


class ChatStepForm(StepForm):
    """A line in a chat channel."""

    channel = forms.URLField(label=_("Incoming webhook of the channel"), max_length=500, assume_scheme="https")
    text = forms.CharField(
        label=_("Text"), required=False, max_length=1000, widget=forms.Textarea, help_text=_("May hold merge fields.")
    )
    option_names = ("channel", "text")


class WaitStepForm(StepForm):
    """A wait, until the account is so or the days are over."""

    condition = ConditionsField(label=_("Until the account is so"))
    at_most_days = forms.IntegerField(
        label=_("At most business days"), min_value=1, max_value=LONGEST_WAIT, initial=WAIT_DAYS
    )
    option_names = ("condition", "at_most_days")


class BranchStepForm(StepForm):
    """Goes on when the account is so, else elsewhere."""

    condition = ConditionsField(label=_("Goes on when the account is so"), required=True)
    otherwise = forms.ChoiceField(label=_("Else it goes on with"), required=False)
    option_names = ("condition", "otherwise")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        later = self.playbook.steps.order_by("position")
        later = later.filter(position__gt=self.step.position) if self.step is not None else later.none()
        otherwise: Any = self.fields["otherwise"]
        otherwise.choices = [("", _("Nothing: the play ends")), *later.values_list("key", "title")]
        if self.step is None:
            otherwise.help_text = _("Add the steps behind it, then come back to choose one.")


STEP_FORMS: dict[str, type[StepForm]] = {
    Kind.TASK: TaskStepForm,
    Kind.MAIL: MailStepForm,
    Kind.SURVEY: SurveyStepForm,
    Kind.WEBHOOK: WebhookStepForm,
    Kind.CHAT: ChatStepForm,
    Kind.WAIT: WaitStepForm,
    Kind.BRANCH: BranchStepForm,
}


class StartForm(forms.Form):
    """Which playbook to start by hand."""

    playbook = forms.ModelChoiceField(label=_("Playbook"), queryset=Playbook.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ready = Playbook.objects.filter(archived_at=None, steps__isnull=False).distinct().order_by("name")
        playbook: Any = self.fields["playbook"]
        playbook.queryset = ready


class ReasonForm(forms.Form):
    """Why a step is skipped or a play stopped."""

    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.TextInput(attrs={"autofocus": True}))
