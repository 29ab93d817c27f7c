"""Use cases: what customers buy the product for, and the written criteria that say whether they do it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Persona
from engagement.models.usage import Feature
from team.models import AliveManager, SoftDeleted, track_changes


@track_changes()
class UseCase(SoftDeleted):
    """A goal that the product serves: the right people do the right things for it. All criteria must hold."""

    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("what it is good for"), max_length=300, blank=True)
    intents = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("for accounts that bought because"),
        default=list,
        blank=True,
        help_text=_("Empty: every account."),
    )
    is_on = models.BooleanField(_("on"), default=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, help_text=_("Rises with each edit; guards against overwriting."))

    objects = AliveManager()
    everything = models.Manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(deleted_at__isnull=True),
                name="one_use_case_per_name",
                violation_error_message=_("Another use case has this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


@track_changes()
class UseCaseCriterion(models.Model):
    """One written criterion: within `days`, at least `least` events, days of use or users of the named feature.

    Users may be narrowed to a persona; then only those count whose mail is that of a contact with the persona.
    """

    class What(models.TextChoices):
        EVENTS = "events", _("events")
        DAYS = "days", _("days with use")
        USERS = "users", _("active users")

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="criteria")
    words = models.CharField(_("in words"), max_length=200, blank=True)
    what = models.CharField(_("counts"), max_length=6, choices=What.choices)
    feature = models.ForeignKey(
        Feature, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("feature")
    )
    persona = models.CharField(_("persona"), max_length=20, choices=Persona.choices, blank=True)
    least = models.PositiveIntegerField(_("at least"))
    days = models.PositiveSmallIntegerField(_("within days"), default=28)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(least__gt=0), name="criterion_asks_for_something"),
            models.CheckConstraint(condition=Q(days__gt=0, days__lte=90), name="criterion_looks_back_90_days"),
        ]

    def __str__(self) -> str:
        return self.words or f"{self.get_what_display()} >= {self.least}"


class UseCaseStateQuerySet(models.QuerySet["UseCaseState"]):
    def applying(self) -> "UseCaseStateQuerySet":
        """Without those that are kept for their first day alone."""
        return self.filter(applies=True)


class UseCaseState(models.Model):
    """Where an account stands with a use case; written by the recompute. `met` is `{criterion id: [value, holds]}`.

    While a use case is off, deleted or not for the account (any more), a state that has a first day is kept for it
    (`applies` is false), because nothing else knows the day.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="use_case_states")
    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, db_index=False, related_name="states")
    applies = models.BooleanField(default=True)
    is_reached = models.BooleanField(default=False)
    reached_on = models.DateField(null=True, blank=True, help_text=_("The first day on which all criteria held."))
    met = models.JSONField(default=dict)
    checked_on = models.DateField()

    objects = UseCaseStateQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "use_case"], name="one_state_per_use_case")]
        indexes = [models.Index(fields=["use_case", "is_reached", "account"], name="use_case_reached")]

    def __str__(self) -> str:
        return f"{self.use_case_id} of {self.account_id}"
