"""Trials of playbooks and rules, worked out away from the request. The row is the job; the queue carries its id."""

import datetime as dt
import logging
import time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from accounts.selectors.condition_names import condition_catalogue
from lifecycle.models import Playbook, Stage, Trial
from lifecycle.selectors.criteria import next_stages, rule_of
from lifecycle.selectors.plays import dry_run
from lifecycle.selectors.replays import replay_rule
from lifecycle.selectors.trials import keep_dry_run, keep_replay, version_of
from team.models import User

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=120)
MOST_ATTEMPTS = 3
# A worker tells how far it is, and keeps its lease, this often.
TELL_EVERY_SECONDS = 1.0
# How long trials of earlier wordings are kept.
KEPT = dt.timedelta(days=30)
LOST = gettext_lazy("It could not be worked out, three times. The log of the worker says why.")


class LostLease(Exception):
    """Another worker has taken over, or the trial is gone."""


class RuleBroken(Exception):
    """The rule cannot be read (any more); the text says why."""


@transaction.atomic
def ask_for_trial(*, actor: User, subject: Playbook | Stage) -> Trial:
    """Queue a trial of the wording that stands now; whoever asks meanwhile joins (one_open_trial_per_playbook)."""
    playbook, stage = (subject, None) if isinstance(subject, Playbook) else (None, subject)
    trial, _is_new = Trial.objects.open().get_or_create(
        playbook=playbook, stage=stage, version=version_of(subject), defaults={"asked_by": actor}
    )
    return trial


def trials_to_work_on(*, moment: dt.datetime) -> list[int]:
    """Open trials that nobody is at, oldest first."""
    return list(Trial.objects.waiting(moment).order_by("pk").values_list("pk", flat=True)[:50])


def work_on_trial(*, trial_id: int) -> bool:
    """Work out one trial; False when it is gone, done, outdated or in other hands.

    Safe to run twice: the lease is claimed first, and only its holder writes. It reads and writes nothing but its row.
    """
    moment = timezone.now()
    claimed = Trial.objects.waiting(moment).filter(pk=trial_id)
    if claimed.update(state=Trial.State.WORKING, done=0, lease_until=moment + LEASE) != 1:
        return False
    trial = Trial.objects.select_related("playbook", "stage__journey", "asked_by").get(pk=trial_id)
    trial.attempts += 1
    trial.save(update_fields=["attempts"])
    telling = _Telling(trial)
    subject = trial.playbook or trial.stage
    if subject is None or version_of(subject) != trial.version:
        # It was changed while the trial waited: whoever looks at the page asks anew.
        telling.mine().delete()
        return False
    with override(trial.asked_by.language):
        if trial.attempts > MOST_ATTEMPTS:
            return _finish(telling, error=str(LOST))
        try:
            return _finish(telling, result=_work_out(subject, telling))
        except RuleBroken as problem:
            return _finish(telling, error=str(problem))
        except LostLease:
            logger.info("trial %s went into other hands", trial_id)
            return False


class _Telling:
    """Writes down how far a trial is, now and then, and prolongs the lease with it."""

    def __init__(self, trial: Trial) -> None:
        assert trial.lease_until
        self.trial = trial
        self.lease = trial.lease_until
        self._told_at = time.monotonic()

    def mine(self) -> QuerySet[Trial]:
        """The row, as long as it is in these hands."""
        return Trial.objects.filter(pk=self.trial.pk, state=Trial.State.WORKING, lease_until=self.lease)

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._told_at < TELL_EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        lease = timezone.now() + LEASE
        if self.mine().update(done=done, total=total, lease_until=lease) != 1:
            raise LostLease
        self.lease = lease


def _work_out(subject: Playbook | Stage, telling: _Telling) -> dict[str, Any]:
    if isinstance(subject, Playbook):
        return keep_dry_run(dry_run(playbook=subject, progress=telling))
    rule = rule_of(subject, next_stages().get(subject.pk), condition_catalogue())
    if rule.problem:
        raise RuleBroken(rule.problem)
    return keep_replay(replay_rule(rule, progress=telling))


@transaction.atomic
def _finish(telling: _Telling, *, result: dict[str, Any] | None = None, error: str = "") -> bool:
    """Write it down and forget what it replaces."""
    state = Trial.State.FAILED if error else Trial.State.DONE
    moment = timezone.now()
    changed = telling.mine().update(
        state=state, result=result or {}, error=error[:300], lease_until=None, finished_at=moment
    )
    if changed == 1:
        trial = telling.trial
        of_same = Trial.objects.filter(playbook=trial.playbook_id, stage=trial.stage_id, pk__lt=trial.pk)
        of_same.filter(version=trial.version).delete()
        of_same.exclude(state__in=Trial.OPEN).filter(finished_at__lt=moment - KEPT).delete()
    return changed == 1 and not error
