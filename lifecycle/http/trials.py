"""What a page shows of a trial: the answer at once where that is quick, else the last one, or how far it is."""

from dataclasses import dataclass

from django.http import HttpRequest

from lifecycle.models import Playbook, Stage, Trial
from lifecycle.selectors.criteria import Rule
from lifecycle.selectors.plays import DryRun, count_heard, dry_run
from lifecycle.selectors.replays import Replay, count_stays, replay_rule
from lifecycle.selectors.trials import last_trial, read_dry_run, read_replay
from lifecycle.services.trials import ask_for_trial
from lifecycle.tasks.trials import ring_trial
from team.http.access import current_user
from ui.http import is_prefetch

# Up to so many triggers or stays the answer is worked out in the request: each may need a query of a few milliseconds.
SMALL_PLAYBOOK = 50
SMALL_RULE = 20


@dataclass(frozen=True, slots=True)
class Look:
    """A dry run or a replay, whichever the page is about; neither while the `trial` is being worked out or failed."""

    run: DryRun | None = None
    replay: Replay | None = None
    trial: Trial | None = None


def look_at_playbook(request: HttpRequest, playbook: Playbook) -> Look:
    """The dry run of a playbook; a big one is asked for at the first look, and kept."""
    if count_heard(playbook, most=SMALL_PLAYBOOK + 1) <= SMALL_PLAYBOOK:
        return Look(run=dry_run(playbook=playbook))
    trial = _trial(request, playbook)
    return Look(run=read_dry_run(trial.result) if _is_done(trial) else None, trial=trial)


def look_at_rule(request: HttpRequest, rule: Rule) -> Look:
    """The replay of a stage's rule, likewise."""
    if count_stays(rule, most=SMALL_RULE + 1) <= SMALL_RULE:
        return Look(replay=replay_rule(rule))
    trial = _trial(request, rule.stage)
    return Look(replay=read_replay(trial.result, current_user(request)) if _is_done(trial) else None, trial=trial)


def try_again(request: HttpRequest, subject: Playbook | Stage) -> Trial:
    """Have it worked out anew; one that is open is joined."""
    trial = ask_for_trial(actor=current_user(request), subject=subject)
    ring_trial(trial.pk)
    return trial


def _trial(request: HttpRequest, subject: Playbook | Stage) -> Trial:
    found = last_trial(subject)
    # A guess of the browser starts nothing.
    if found is None and is_prefetch(request):
        return Trial(asked_by=current_user(request))
    return found or try_again(request, subject)


def _is_done(trial: Trial) -> bool:
    return trial.state == Trial.State.DONE
