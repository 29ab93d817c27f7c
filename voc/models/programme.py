"""The roll-out of listening: where it began, what it is to reach, and what themes did week by week."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from team.models import track_changes
from voc.models.feedback import Theme


@track_changes()
class Programme(models.Model):
    """The scope of the roll-out. There is at most one row, with id 1; without it everything is in scope."""

    name = models.CharField(_("name"), max_length=120, default="Voice of customer")
    scope = models.JSONField(
        _("accounts in scope"), default=list, blank=True, help_text=_("Conditions over accounts; empty: all.")
    )
    started_on = models.DateField(_("started on"))
    sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sponsor"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_programme_row")]

    def __str__(self) -> str:
        return self.name


@track_changes()
class ProgrammeGoal(models.Model):
    """A goal of one stage of the roll-out, measured by a figure that the page works out."""

    class Stage(models.TextChoices):
        LISTEN = "listen", _("Listen")
        ACT = "act", _("Act")
        ANALYSE = "analyse", _("Analyse")

    stage = models.CharField(_("stage"), max_length=7, choices=Stage.choices)
    measure = models.CharField(_("figure"), max_length=40)
    target = models.DecimalField(_("target"), max_digits=10, decimal_places=2)
    due_on = models.DateField(_("by"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [models.UniqueConstraint(fields=["stage", "measure"], name="one_goal_per_figure")]

    def __str__(self) -> str:
        return f"{self.measure} {self.target}"


class ThemeWeek(models.Model):
    """How often a theme came up in a week (Monday, UTC), as a worker counted it from the feedback; made again at will.

    The row without a theme counts every piece of the week once. `accounts` and `arr` are those of the distinct accounts
    that said it, with the ARR of the day of the count.
    """

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, null=True, related_name="weeks")
    week = models.DateField()
    pieces = models.PositiveIntegerField(default=0)
    negative = models.PositiveIntegerField(default=0)
    positive = models.PositiveIntegerField(default=0)
    accounts = models.PositiveIntegerField(default=0)
    arr = models.DecimalField(max_digits=18, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["theme", "week"], nulls_distinct=False, name="one_count_per_theme_and_week")
        ]
        indexes = [models.Index(fields=["week"], name="theme_week_by_week")]

    def __str__(self) -> str:
        return f"{self.theme_id} {self.week}"


class ThemeWeekMark(models.Model):
    """A week in which something was said, tagged, corrected or taken away since it was counted.

    Written by database triggers (voc.models.marks), so that no way of writing is forgotten; claimed by a worker.
    """

    week = models.DateField()

    def __str__(self) -> str:
        return f"{self.week}"


class ThemeStanding(models.Model):
    """Who named a theme in the 13 weeks before the running one, and in the 13 before those; counted by a worker.

    Accounts count once however often they said it; the row without a theme stands for every piece.
    """

    WEEKS = 13

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, null=True, related_name="standings")
    accounts = models.PositiveIntegerField(default=0)
    arr = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    accounts_before = models.PositiveIntegerField(default=0)
    arr_before = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    until = models.DateField(help_text=_("The Monday of the running week, which does not count."))
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["theme"], nulls_distinct=False, name="one_standing_per_theme"),
        ]

    def __str__(self) -> str:
        return f"{self.theme_id} until {self.until}"


def week_of(day: dt.date) -> dt.date:
    """The Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())
