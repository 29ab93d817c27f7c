"""What each kind of step does. The effect of a step and its row are one transaction: both are there, or neither."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.formulas.conditions import BadCondition, Condition, ConditionName, parse_conditions
from accounts.models import Account
from lifecycle.formulas.merging import MergeError, merge
from lifecycle.formulas.plans import Step, WorkClock
from lifecycle.models import AccountMail, MailTemplate, Play, PlaybookStep, PlayStepRun, Task
from lifecycle.selectors.mails import merge_fields
from lifecycle.selectors.plays.owners import lead_of, stand_ins
from lifecycle.selectors.plays.rules import accounts_meeting
from lifecycle.services.mails import pick_contact, plan_mail
from lifecycle.services.tasks import TaskRefused, create_task
from outbox.services import InvalidRecipient, enqueue_chat, enqueue_webhook
from team.models import User
from team.services.notices import notify

Kind = PlaybookStep.Kind
State = PlayStepRun.State
# Business days that the customer has for what a mail asks.
ASK_DAYS = 5
_MAIL_STATES = {
    AccountMail.State.SENT: State.DONE,
    AccountMail.State.REFUSED: State.FAILED,
    AccountMail.State.REJECTED: State.SKIPPED,
}


class StepFailed(ValueError):
    """The step cannot be done; the message says why, for people. The play goes on with the next one."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A step at the moment when it is its turn."""

    play: Play
    step: Step
    run: PlayStepRun
    moment: dt.datetime
    clock: WorkClock
    catalogue: Callable[[], Mapping[str, ConditionName]]

    @property
    def account(self) -> Account:
        return self.play.account

    def option(self, name: str, default: str = "") -> str:
        """An option of the step as text."""
        value = self.step.options.get(name)
        return str(value).strip() if value not in (None, "") else default


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step came to; a waiting one is looked at again at `looks_at`, or when it is woken (None)."""

    state: str
    result: Mapping[str, Any]
    looks_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None


def do_step(scene: Scene) -> Outcome:
    """Do what the step is for, all of it or nothing; what cannot be done has failed, with the reason."""
    try:
        with transaction.atomic():
            return _EFFECTS[scene.step.kind](scene)
    except (StepFailed, TaskRefused, InvalidRecipient, MergeError, BadCondition) as error:
        _tell_owner(scene, str(error))
        return Outcome(State.FAILED, {"reason": str(error)[:300]})


def look_again(scene: Scene) -> Outcome:
    """A step that waits: is it over? Only waits for a condition end by being looked at."""
    if scene.step.kind != Kind.WAIT:
        return Outcome(State.WAITING, scene.run.result)
    try:
        return _look(scene, scene.run.expires_at or scene.moment)
    except BadCondition as error:
        return Outcome(State.FAILED, {"reason": str(error)[:300]})


def owner_of(scene: Scene, who: str = "csm") -> User:
    """Who gets the work: the account's CSM, or the lead of a department (`lead:support`); a deputy when that person is
    away. Without one the play's owner, then the lead of customer success. Raises StepFailed."""
    department = who.partition(":")[2]
    candidates = (
        lead_of(department) if department else None,
        scene.account.csm,
        scene.play.owner,
        scene.play.started_by,
        lead_of("success"),
    )
    person = next((person for person in candidates if person is not None and person.is_active), None)
    if person is None:
        raise StepFailed(_("Nobody answers for this account: give it a CSM."))
    deputy = stand_ins(scene.clock.day_of(scene.moment)).get(person.pk)
    return User.objects.get(pk=deputy) if deputy else person


def _task(scene: Scene) -> Outcome:
    step, playbook = scene.step, scene.play.playbook
    kind = scene.option("kind", Task.Kind.TODO)
    task = create_task(
        actor=None,
        owner=owner_of(scene, scene.option("owner", "csm")),
        title=scene.option("title", step.title),
        account=scene.account,
        contact=pick_contact(account=scene.account, to=scene.option("to")) if scene.option("to") else None,
        why=scene.option("why", f"{playbook.name}: {playbook.purpose}" if playbook.purpose else playbook.name),
        kind=kind if kind in Task.Kind.values else Task.Kind.TODO,
        due_on=scene.clock.due_on(scene.moment, step.due_days),
        effort_minutes=_minutes(step.options.get("effort_minutes")),
        is_proactive=step.options.get("is_proactive", True) is True,
        dedupe_key=f"run:{scene.run.pk}",
        run=scene.run,
    )
    return Outcome(State.WAITING, {"task": task.pk})


def _minutes(value: object) -> int:
    return min(max(value, 1), 2400) if isinstance(value, int) else 30


def _mail(scene: Scene) -> Outcome:
    to = scene.option("to", "primary")
    contact = pick_contact(account=scene.account, to=to)
    if contact is None:
        raise StepFailed(_("There is nobody to write to (%(persona)s).") % {"persona": to})
    template = _template(scene.step.options.get("template"))
    if template is None and not scene.option("body"):
        raise StepFailed(_("The step has no template: choose one in the playbook."))
    mail = plan_mail(
        account=scene.account,
        contact=contact,
        owner=owner_of(scene),
        subject=scene.option("subject"),
        body=scene.option("body"),
        asks_for=scene.step.wanted_action,
        due_on=scene.clock.due_on(scene.moment, ASK_DAYS),
        template=template,
        run=scene.run,
        is_trusted=scene.play.playbook.is_trusted,
    )
    result: dict[str, Any] = {"mail": mail.pk}
    if mail.refusal:
        result["refusal"] = mail.refusal
    return Outcome(_MAIL_STATES.get(AccountMail.State(mail.state), State.WAITING), result)


def _template(value: object) -> MailTemplate | None:
    """By its short name or its number."""
    if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
        return MailTemplate.objects.filter(pk=int(value)).first()
    return MailTemplate.objects.filter(slug=value).order_by("pk").first() if isinstance(value, str) and value else None


def _survey(scene: Scene) -> Outcome:
    """Waits; voc.services.play_steps finds it, asks, and closes it."""
    if not scene.option("survey"):
        raise StepFailed(_("The step names no survey: choose one in the playbook."))
    return Outcome(State.WAITING, {"survey": scene.option("survey"), "to": scene.option("to", "primary")})


def _webhook(scene: Scene) -> Outcome:
    play = scene.play
    message = enqueue_webhook(
        kind="play",
        url=scene.option("url"),
        payload={
            "type": "play.step",
            "playbook": play.playbook.slug,
            "play": play.pk,
            "step": scene.step.key,
            "title": scene.step.title,
            "account": {"id": scene.account.pk, "name": scene.account.name},
            "at": scene.moment.isoformat(),
        },
        dedupe_key=f"play-run:{scene.run.pk}",
        subject_ref=f"account:{scene.account.pk}",
    )
    return Outcome(State.DONE, {"message": message.ref})


def _chat(scene: Scene) -> Outcome:
    fields = merge_fields(scene.account, None, scene.account.csm or scene.play.owner)
    message = enqueue_chat(
        kind="play",
        url=scene.option("channel", scene.option("url")),
        text=merge(scene.option("text", scene.step.title), fields),
        dedupe_key=f"play-run:{scene.run.pk}",
        subject_ref=f"account:{scene.account.pk}",
    )
    return Outcome(State.DONE, {"message": message.ref})


def _wait(scene: Scene) -> Outcome:
    return _look(scene, scene.clock.after(scene.moment, scene.step.wait_days))


def _look(scene: Scene, expires_at: dt.datetime) -> Outcome:
    """A condition is looked at when the wait begins, each business morning, and when the wait is over."""
    conditions = _asked(scene)
    if conditions and accounts_meeting(conditions, [scene.account.pk]):
        return Outcome(State.DONE, {"held": True}, expires_at=expires_at)
    if scene.moment >= expires_at:
        return Outcome(State.DONE, {"held": not conditions}, expires_at=expires_at)
    looks_at = min(scene.clock.after(scene.moment, 1), expires_at) if conditions else expires_at
    return Outcome(State.WAITING, {}, looks_at=looks_at, expires_at=expires_at)


def _branch(scene: Scene) -> Outcome:
    held = scene.account.pk in accounts_meeting(_asked(scene), [scene.account.pk])
    return Outcome(State.DONE, {"held": held})


def _asked(scene: Scene) -> tuple[Condition, ...]:
    """Raises BadCondition when what the step asks for is gone."""
    return parse_conditions(scene.step.conditions, scene.catalogue() if scene.step.conditions else {})


_EFFECTS: dict[str, Callable[[Scene], Outcome]] = {
    Kind.TASK: _task,
    Kind.MAIL: _mail,
    Kind.SURVEY: _survey,
    Kind.WEBHOOK: _webhook,
    Kind.CHAT: _chat,
    Kind.WAIT: _wait,
    Kind.BRANCH: _branch,
}


def _tell_owner(scene: Scene, reason: str) -> None:
    owner = scene.play.owner or scene.account.csm
    if owner is not None and owner.is_active:
        words = {"step": scene.step.title, "account": scene.account.name, "reason": reason}
        notify(
            user=owner,
            kind="play",
            text=_("“%(step)s” for %(account)s was not done. %(reason)s") % words,
            url=f"/accounts/{scene.account.pk}/plan/",
            dedupe_key=f"run-failed:{scene.play.pk}:{scene.step.key}",
        )
