"""Trials of rules, worked out away from the request where there is much to read. The row is the job."""

import datetime as dt
import logging
import time
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from accounts.formulas.budget import BudgetRules
from accounts.models import BudgetTrial
from accounts.selectors.budget.trials import count_past_mails, simulate_rules
from accounts.services.budget.rules import check_rules
from team.clock import now
from team.models import User

__all__ = ["ask_for_budget_trial", "budget_trials_to_work_on", "is_small", "simulate_rules", "work_on_budget_trial"]

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=120)
MOST_ATTEMPTS = 3
# A worker tells how far it is, and keeps its lease, this often.
TELL_EVERY_SECONDS = 1.0
KEPT = dt.timedelta(days=30)
# Up to so many mails are read within the request.
SMALL = 5_000
LOST = gettext_lazy("It could not be worked out, three times. The log of the worker says why.")


class LostLease(Exception):
    """Another worker has taken over, or the trial is gone."""


@transaction.atomic
def ask_for_budget_trial(*, actor: User, rules: BudgetRules) -> BudgetTrial:
    """Queue a trial of rules; whoever asks for the same meanwhile joins (one_open_trial_per_rules).

    Raises ValidationError for rules that nobody could save.
    """
    check_rules(rules)
    BudgetTrial.objects.exclude(state__in=BudgetTrial.OPEN).filter(finished_at__lt=timezone.now() - KEPT).delete()
    trial, _is_new = BudgetTrial.objects.open().get_or_create(rules=asdict(rules), defaults={"asked_by": actor})
    return trial


def is_small() -> bool:
    """Whether a trial is quick enough for a request."""
    return count_past_mails(until=now(), most=SMALL + 1) <= SMALL


def budget_trials_to_work_on(*, moment: dt.datetime) -> list[int]:
    """Open trials that nobody is at, oldest first."""
    return list(BudgetTrial.objects.waiting(moment).order_by("pk").values_list("pk", flat=True)[:50])


def work_on_budget_trial(*, trial_id: int) -> bool:
    """Work out one trial; False when it is gone, done or in other hands.

    Safe to run twice: the lease is claimed first, and only its holder writes. It reads and writes nothing but its row.
    """
    moment = timezone.now()
    claimed = BudgetTrial.objects.waiting(moment).filter(pk=trial_id)
    if claimed.update(state=BudgetTrial.State.WORKING, done=0, lease_until=moment + LEASE) != 1:
        return False
    trial = BudgetTrial.objects.select_related("asked_by").get(pk=trial_id)
    trial.attempts += 1
    trial.save(update_fields=["attempts"])
    telling = _Telling(trial)
    with override(trial.asked_by.language):
        if trial.attempts > MOST_ATTEMPTS:
            return _finish(telling, error=str(LOST))
        try:
            result = simulate_rules(rules=BudgetRules(**trial.rules), until=now(), progress=telling)
        except LostLease:
            logger.info("trial of rules %s went into other hands", trial_id)
            return False
        return _finish(telling, result=result)


class _Telling:
    """Writes down how far a trial is, now and then, and prolongs the lease with it."""

    def __init__(self, trial: BudgetTrial) -> None:
        assert trial.lease_until
        self.trial = trial
        self.lease = trial.lease_until
        self._told_at = time.monotonic()

    def mine(self) -> QuerySet[BudgetTrial]:
        """The row, as long as it is in these hands."""
        return BudgetTrial.objects.filter(pk=self.trial.pk, state=BudgetTrial.State.WORKING, lease_until=self.lease)

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._told_at < TELL_EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        lease = timezone.now() + LEASE
        if self.mine().update(done=done, total=max(1, total), lease_until=lease) != 1:
            raise LostLease
        self.lease = lease


def _finish(telling: _Telling, *, result: dict[str, Any] | None = None, error: str = "") -> bool:
    state = BudgetTrial.State.FAILED if error else BudgetTrial.State.DONE
    changed = telling.mine().update(
        state=state, result=result or {}, error=error[:300], lease_until=None, finished_at=timezone.now()
    )
    return changed == 1 and not error
