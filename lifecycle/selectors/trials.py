"""What trials found: how it is kept in their rows, and read from there for a person."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from accounts.models import Account
from lifecycle.models import Playbook, Stage, Trial
from lifecycle.selectors.plays.dry_run import DryCsm, DryRow, DryRun, DryStep
from lifecycle.selectors.replays import Replay, ReplayRow
from team.models import User

# Plays of a dry run that are kept, and shown: the newest of all, and the newest of each CSM.
MOST_ROWS = 200


def version_of(subject: Playbook | Stage) -> int:
    """Which wording a trial of it is about."""
    return subject.version if isinstance(subject, Playbook) else subject.journey.version


def last_trial(subject: Playbook | Stage) -> Trial | None:
    """The newest trial of the wording that stands now, open or finished; one query."""
    rows = Trial.objects.filter(version=version_of(subject)).select_related("asked_by")
    rows = rows.filter(playbook=subject) if isinstance(subject, Playbook) else rows.filter(stage=subject)
    return rows.order_by("-pk").first()


def keep_dry_run(run: DryRun) -> dict[str, Any]:
    """A dry run as JSON, without names: whoever reads it looks them up."""
    return {
        "days": run.days,
        "total": run.total,
        "held_out": run.held_out,
        "heard": run.heard,
        "triggers": run.triggers,
        "is_rounded": run.is_rounded,
        "problem": run.problem,
        "per_csm": [[row.csm_id, row.plays, row.tasks, row.mails, row.per_week] for row in run.per_csm],
        "steps": [[step.key, step.title, step.kind, step.reached, step.finished] for step in run.steps],
        "rows": [
            [row.account_id, row.csm_id, row.trigger_id, row.started_at.isoformat(), row.is_held_out]
            for row in _newest(run.rows)
        ],
    }


def _newest(rows: Sequence[DryRow]) -> list[DryRow]:
    """Of rows that stand newest first."""
    kept = []
    of_csm: Counter[int | None] = Counter()
    for number, row in enumerate(rows):
        of_csm[row.csm_id] += 1
        if number < MOST_ROWS or of_csm[row.csm_id] <= MOST_ROWS:
            kept.append(row)
    return kept


def read_dry_run(result: dict[str, Any]) -> DryRun:
    """The dry run that `keep_dry_run` kept; its rows have no steps and no names of accounts. One query."""
    ids = [row[0] for row in result["per_csm"] if row[0]]
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
    return DryRun(
        **{name: result[name] for name in ("days", "total", "held_out", "heard", "triggers", "is_rounded", "problem")},
        per_csm=tuple(
            DryCsm(csm_id=csm_id, name=names.get(csm_id, ""), plays=plays, tasks=tasks, mails=mails, per_week=per_week)
            for csm_id, plays, tasks, mails, per_week in result["per_csm"]
        ),
        steps=tuple(DryStep(*step) for step in result["steps"]),
        rows=tuple(
            DryRow(
                account_id=account_id,
                account="",
                csm_id=csm_id,
                csm=names.get(csm_id, ""),
                trigger_id=trigger_id,
                started_at=dt.datetime.fromisoformat(started_at),
                finished_at=None,
                is_held_out=is_held_out,
                steps=(),
            )
            for account_id, csm_id, trigger_id, started_at, is_held_out in result["rows"]
        ),
    )


def rows_for(run: DryRun, user: User) -> tuple[list[DryRow], bool]:
    """The newest plays on accounts that the person sees, with the accounts' names; and whether there were more."""
    rows: Sequence[DryRow] = run.rows
    if not user.sees_everything:
        owners = user.book_owner_ids()
        rows = [row for row in rows if row.csm_id in owners]
    shown = rows[:MOST_ROWS]
    # SECURITY: accounts may have changed hands since the trial.
    seen = Account.objects.visible_to(user).filter(pk__in={row.account_id for row in shown}).order_by()
    names = dict(seen.values_list("pk", "name"))
    listed = [replace(row, account=names[row.account_id]) for row in shown if row.account_id in names]
    return listed, len(rows) > len(shown)


def keep_replay(replay: Replay) -> dict[str, Any]:
    """A replay as JSON, with the accounts' ids."""
    numbers = {name: value for name, value in asdict(replace(replay, rows=[])).items() if name != "rows"}
    rows = [
        [
            row.account.pk,
            row.entered_on.isoformat(),
            row.would_on.isoformat(),
            row.left_on.isoformat() if row.left_on else None,
            row.now_in,
            row.word,
        ]
        for row in replay.rows
    ]
    return {**numbers, "rows": rows}


def read_replay(result: dict[str, Any], user: User) -> Replay:
    """The replay that `keep_replay` kept, with the accounts that the person sees. One query."""
    accounts = Account.objects.visible_to(user).in_bulk([row[0] for row in result["rows"]])
    rows = [
        ReplayRow(
            account=accounts[account_id],
            entered_on=dt.date.fromisoformat(entered_on),
            would_on=dt.date.fromisoformat(would_on),
            left_on=dt.date.fromisoformat(left_on) if left_on else None,
            now_in=now_in,
            word=word,
        )
        for account_id, entered_on, would_on, left_on, now_in, word in result["rows"]
        if account_id in accounts
    ]
    return Replay(**{**result, "rows": rows})
