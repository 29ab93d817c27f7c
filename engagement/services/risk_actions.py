"""What people do with an open risk: let it rest, call it a false alarm, take it, start its play."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.models import Risk, RiskRule
from engagement.services.risks import tell_risks
from lifecycle.models import Play, Playbook
from lifecycle.services.plays.starting import start_play
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

_STATE = ("snoozed_until", "snooze_reason", "handled_by_id", "closed_at", "is_false_alarm")


class RiskRefused(ValueError):
    """The change makes no sense; the message says why, for people."""


def _before(risk: Risk) -> dict[str, Any]:
    """What a way back restores; JSON."""
    held = {name: getattr(risk, name) for name in _STATE}
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in held.items()}


@transaction.atomic
def _change(*, actor: User, risk: Risk, verb: str, values: Mapping[str, Any]) -> ActionLog | None:
    """Change an open risk, once; None when it was closed meanwhile."""
    found = Risk.objects.open().select_for_update().filter(pk=risk.pk).first()
    if found is None:
        return None
    before = _before(found)
    Risk.objects.filter(pk=found.pk).update(version=F("version") + 1, **values)
    tell_risks(account_ids=[found.account_id])
    return log_action(
        actor=actor,
        verb=verb,
        service="engagement.restore_risk",
        arguments={"risk_id": found.pk, "version": found.version + 1, "before": before},
        url=reverse("account", args=[found.account_id]),
    )


def snooze_risk(*, actor: User, risk: Risk, until: dt.date, reason: str) -> ActionLog | None:
    """Let it rest until a day, with a reason; it stays open and nobody is reminded. None when it has closed.

    Raises:
        RiskRefused: without a reason, or for a day that is not ahead.
    """
    words = _snooze_words(until, reason)
    verb = _("Snoozed “%(risk)s” of %(account)s") % {"risk": risk.get_kind_display(), "account": risk.account.name}
    return _change(actor=actor, risk=risk, verb=verb, values={"snoozed_until": until, "snooze_reason": words})


def _snooze_words(until: dt.date, reason: str) -> str:
    if not reason.strip():
        raise RiskRefused(_("Say why it may rest."))
    if until <= today():
        raise RiskRefused(_("Choose a day after today."))
    return reason.strip()[:300]


def wake_risk(*, actor: User, risk: Risk) -> ActionLog | None:
    """End the rest at once; None when it has closed."""
    verb = _("Woke “%(risk)s” of %(account)s") % {"risk": risk.get_kind_display(), "account": risk.account.name}
    return _change(actor=actor, risk=risk, verb=verb, values={"snoozed_until": None, "snooze_reason": ""})


def call_false_alarm(*, actor: User, risk: Risk, reason: str) -> ActionLog | None:
    """Close it as a false alarm, with a reason; its rule counts it, and the kind keeps quiet there for 90 days.

    None when it has closed. Raises RiskRefused without a reason.
    """
    if not reason.strip():
        raise RiskRefused(_("Say what the rule did not see."))
    names = {"risk": risk.get_kind_display(), "account": risk.account.name}
    verb = _("Called “%(risk)s” of %(account)s a false alarm") % names
    values = {
        "closed_at": now(),
        "is_false_alarm": True,
        "snooze_reason": reason.strip()[:300],
        "handled_by_id": actor.pk,
    }
    return _change(actor=actor, risk=risk, verb=verb, values=values)


def take_risk(*, actor: User, risk: Risk) -> ActionLog | None:
    """The person sees to it; None when it has closed, or is theirs already."""
    if risk.handled_by_id == actor.pk:
        return None
    verb = _("Took “%(risk)s” of %(account)s") % {"risk": risk.get_kind_display(), "account": risk.account.name}
    return _change(actor=actor, risk=risk, verb=verb, values={"handled_by_id": actor.pk})


@transaction.atomic
def snooze_risks(*, actor: User, risks: Sequence[Risk], until: dt.date, reason: str) -> ActionLog | None:
    """Let many rest at once, with one way back; None when all have closed. Raises RiskRefused as `snooze_risk`."""
    words = _snooze_words(until, reason)
    rows = list(Risk.objects.open().select_for_update().filter(pk__in=[risk.pk for risk in risks]).order_by("pk"))
    if not rows:
        return None
    states = [{"risk_id": risk.pk, "version": risk.version + 1, "before": _before(risk)} for risk in rows]
    Risk.objects.filter(pk__in=[risk.pk for risk in rows]).update(
        version=F("version") + 1, snoozed_until=until, snooze_reason=words
    )
    tell_risks(account_ids={risk.account_id for risk in rows})
    verb = ngettext("Snoozed %(n)s risk", "Snoozed %(n)s risks", len(rows)) % {"n": len(rows)}
    return log_action(
        actor=actor,
        verb=verb,
        service="engagement.restore_risks",
        arguments={"states": states},
        url=reverse("risks"),
    )


def _read(before: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(before)
    if values["snoozed_until"]:
        values["snoozed_until"] = dt.date.fromisoformat(values["snoozed_until"])
    if values["closed_at"]:
        values["closed_at"] = dt.datetime.fromisoformat(values["closed_at"])
    return values


@transaction.atomic
def restore_risk(*, actor: User, risk_id: int, version: int, before: Mapping[str, Any]) -> bool:
    """Take a change back; False when somebody changed the risk since, it closed by itself, or it is not the actor's.

    Raises:
        CannotUndo: when the same kind is open on the account again.
    """
    risk = Risk.objects.editable_by(actor).select_for_update(of=("self",)).filter(pk=risk_id, version=version).first()
    if risk is None or (risk.closed_at is not None and not risk.is_false_alarm):
        return False
    reopens = risk.closed_at is not None and before["closed_at"] is None
    if reopens and Risk.objects.open().filter(account=risk.account_id, kind=risk.kind).exists():
        raise CannotUndo(_("The risk has opened again since."))
    Risk.objects.filter(pk=risk.pk).update(version=F("version") + 1, **_read(before))
    tell_risks(account_ids=[risk.account_id])
    return True


def restore_risks(*, actor: User, states: Collection[Mapping[str, Any]]) -> int:
    """Take a bulk change back; returns how many could be."""
    return sum(restore_risk(actor=actor, **state) for state in states)


def play_for(*, kind: str, segment_id: int | None) -> Playbook | None:
    """The play that answers a kind in a segment: its rule's, the default rule's, else one that listens to the kind."""
    rules = {rule.segment_id: rule for rule in RiskRule.objects.filter(kind=kind).select_related("playbook")}
    for key in (segment_id, None):
        rule = rules.get(key)
        if rule is not None and rule.playbook is not None and rule.playbook.archived_at is None:
            return rule.playbook
    listening = Playbook.objects.filter(
        trigger_kind="risk_opened",
        archived_at=None,
        trigger_match__contains=[{"name": "risk", "operator": "eq", "value": kind}],
    )
    return listening.order_by("-is_on", "pk").first()


@transaction.atomic
def start_risk_play(*, actor: User, risk: Risk, playbook: Playbook) -> Play | None:
    """Start a play for the risk by hand, and take the risk; None when the play runs there already.

    Raises:
        PlayRefused: see `lifecycle.services.plays.starting.start_play`.
    """
    play = start_play(playbook=playbook, account=risk.account, actor=actor)
    if play is not None:
        Risk.objects.open().filter(pk=risk.pk, handled_by=None).update(handled_by=actor, version=F("version") + 1)
    return play
