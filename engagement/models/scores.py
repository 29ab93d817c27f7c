"""Scores and the runs that compute them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from engagement.models.plain_json import PlainJSONField
from engagement.models.scorecards import Scorecard

if TYPE_CHECKING:
    from team.models import User


class ScoreQuerySet(models.QuerySet["Score"]):
    def visible_to(self, user: "User") -> "ScoreQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def current(self) -> "ScoreQuerySet":
        return self.filter(is_current=True)


class Score(models.Model):
    """One judgement of one account, with all inputs, so that it can be recomputed to the same number.

    `inputs` is `{measure: [raw, points in hundredths, observed on, state]}`; weights and scales stand in the published
    scorecard, which never changes. `components` is `{component: actual in tenths}`, only those with an actual value.
    `ledger` is `{"since": day, "from": tenths, "parts": [[kind, measure, tenths], ...]}`: the parts add up to the move
    since the score before. `overrides` is `{"formula": tenths, "rules": [[exception, tenths after it], ...],
    "judgements": {component or "": [judgement, hundredths]}}`: what moved the formula's number; mostly empty.
    `input_version` fences late workers: a lower one never replaces a higher one.
    """

    class State(models.TextChoices):
        SCORED = "scored", _("Scored")
        HOLLOW = "hollow", _("Hollow")
        UNOBSERVED = "unobserved", _("Unobserved")

    # No index of its own: the day's key begins with the account.
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="scores")
    # Only drafts are ever deleted, and no score was judged by one: the database need not look with each score.
    scorecard = models.ForeignKey(
        Scorecard, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="scores"
    )
    is_current = models.BooleanField(default=True)
    is_rejudged = models.BooleanField(default=False, help_text=_("Judged later, from the facts known by `as_of`."))
    as_of = models.DateField()
    cutoff_at = models.DateTimeField(help_text=_("Facts up to this instant count."))
    computed_at = models.DateTimeField()
    value = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    coverage = models.DecimalField(max_digits=4, decimal_places=3)
    state = models.CharField(max_length=10, choices=State.choices)
    band = models.CharField(max_length=12, blank=True)
    attainment = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    inputs = PlainJSONField(default=dict)
    components = PlainJSONField(default=dict)
    ledger = PlainJSONField(default=dict)
    overrides = PlainJSONField(default=dict, db_default=Value({}, PlainJSONField()))
    input_version = models.BigIntegerField(default=0)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(is_current=True), name="one_current_score"),
            # One account's scores in order of days; sparks and trails read the value out of the index alone.
            models.UniqueConstraint(
                fields=["account", "as_of", "is_rejudged"], include=["value"], name="one_score_per_day_and_kind"
            ),
            models.CheckConstraint(
                condition=~Q(is_current=True, is_rejudged=True), name="the_current_score_is_recorded"
            ),
            models.CheckConstraint(
                condition=Q(state="unobserved", value__isnull=True) | (~Q(state="unobserved") & Q(value__isnull=False)),
                name="only_the_unobserved_have_no_number",
            ),
        ]
        indexes = [
            # The daily sweep asks which current scores are of an earlier day.
            models.Index(fields=["as_of"], condition=Q(is_current=True), name="score_current_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.value} on {self.as_of}"


class RecomputeRun(models.Model):
    """A full recompute and its progress. It is handed out in stretches of accounts (RecomputeChunk), so that workers
    share it and a crash loses none; `done` counts accounts. Paused means: no more stretches are handed out.

    `cause` is what began it, `about` the name of the scorecard, use case, measure or risk that it was."""

    class Cause(models.TextChoices):
        ASKED = "asked", _("Asked for")
        DAY = "day", _("A new day")
        PUBLISHED = "published", _("Scorecard published")
        RETIRED = "retired", _("Scorecard retired")
        USE_CASE = "use_case", _("Use case changed")
        MEASURE = "measure", _("Own measure changed")
        RISK = "risk", _("Risk rule changed")

    as_of = models.DateField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cause = models.CharField(max_length=9, choices=Cause.choices, default=Cause.ASKED)
    about = models.CharField(max_length=120, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_seconds = models.PositiveIntegerField(default=0, help_text=_("Of pauses that are over."))
    stopped_at = models.DateTimeField(null=True, blank=True, help_text=_("Somebody ended it early."))
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"recompute as of {self.as_of}"


class RecomputeChunk(models.Model):
    """Accounts `first_id` to `last_id` of a run that wait to be judged. Claimed with SKIP LOCKED, deleted in the
    transaction that writes their scores."""

    run = models.ForeignKey(RecomputeRun, on_delete=models.CASCADE, related_name="chunks")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    accounts = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"accounts {self.first_id} to {self.last_id}"
