"""Makers of playbooks with steps, and the engine run by hand with a moved clock."""

import datetime as dt
import itertools
from typing import Any

import time_machine

from accounts.models import Account
from lifecycle.models import Playbook, PlaybookStep
from lifecycle.services.plays.running import run_due_plays
from lifecycle.services.plays.starting import SweepResult, sweep_triggers
from lifecycle.services.triggers import record_trigger
from team.clock import now
from team.models import User

_serial = itertools.count(1)
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def make_playbook(*steps: tuple[str, str, dict[str, Any]], **fields: Any) -> Playbook:
    """A playbook that is on and starts on the trigger `bell`'s like; steps are (kind, key, fields and options)."""
    number = next(_serial)
    given = {"trigger_kind": "stage_entered", "is_on": True, "on_from": LONG_AGO, "quiet_days": 0, **fields}
    playbook = Playbook.objects.create(slug=f"play-{number}", **{"name": f"Playbook {number}", **given})
    for position, (kind, key, extra) in enumerate(steps or (("task", "call", {}),), start=1):
        own = {name: extra[name] for name in ("offset_days", "wanted_action", "title") if name in extra}
        options = {name: value for name, value in extra.items() if name not in own}
        PlaybookStep.objects.create(
            playbook=playbook, kind=kind, key=key, position=position, options=options, **{"title": key, **own}
        )
    return playbook


def ring(account: Account, kind: str = "stage_entered", **fields: Any) -> bool:
    """Something happens on the account."""
    number = next(_serial)
    return record_trigger(account=account, kind=kind, **{"key": f"bell:{number}", "happened_at": now(), **fields})


def run_all() -> SweepResult:
    """Sweep and run until nothing is due."""
    result = SweepResult()
    while True:
        found = sweep_triggers()
        result += found
        if not run_due_plays() and not found.handled:
            return result


def at(moment: dt.datetime) -> Any:
    """The install's clock stands at a moment."""
    return time_machine.travel(moment, tick=False)


def csm_in(zone: str, number: int) -> User:
    user = User(email=f"csm{number}@zone.example", name=f"CSM {number}", role="csm", time_zone=zone)
    user.set_unusable_password()
    user.save()
    return user
