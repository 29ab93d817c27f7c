"""Asking an account to speak for us, with the eyes open."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, AccountGrant, Contact, Touchpoint
from accounts.services.touchpoints import delete_touchpoint, log_touchpoint
from accounts.services.versions import save_version
from lifecycle.services.tasks import create_task
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action
from voc.formulas.advocacy import Warn
from voc.models import AdvocacyRequest
from voc.selectors.advocacy.candidates import best_candidates
from voc.selectors.advocacy.checks import read_check
from voc.selectors.advocacy.desk import askable_accounts
from voc.services.advocacy.telling import grant_marketing, tell

SOURCE = "advocacy"
GRANT_DAYS = 365
WAIT_DAYS = 14
ASKED_AT_ONCE = 3
EDITABLE = ("contact", "purpose", "answer_by")


class Unseen(ValidationError):
    """Something speaks against asking, and the person has not said that they know. `warnings` holds it."""

    def __init__(self, warnings: list[Warn]) -> None:
        super().__init__(_("Something speaks against asking. Read it, then say that you ask nevertheless."))
        self.warnings = warnings


def require_desk(actor: User, account: Account) -> None:
    """Raises PermissionDenied unless the actor may ask this account."""
    if not askable_accounts(actor).filter(pk=account.pk).exists():
        raise PermissionDenied(_("You cannot ask this account."))


@transaction.atomic
def ask_account(
    *,
    actor: User,
    account: Account,
    kind: str,
    contact: Contact | None = None,
    purpose: str = "",
    asked_on: dt.date | None = None,
    answer_by: dt.date | None = None,
    has_seen: bool = False,
) -> tuple[AdvocacyRequest, ActionLog]:
    """Note that we asked, with what spoke against it; timeline, grant of marketing and CSM follow.

    Relies on one_open_request_of_a_kind.

    Raises:
        PermissionDenied: when the actor may not ask this account.
        Unseen: when something speaks against it and `has_seen` is not set.
        ValidationError: when a request of the kind is open already, or a day makes no sense.
    """
    require_desk(actor, account)
    asked_on = asked_on or today()
    answer_by = answer_by or asked_on + dt.timedelta(days=WAIT_DAYS)
    if asked_on > today():
        raise ValidationError({"asked_on": _("Note what was asked; what is to come is a task.")})
    if answer_by < asked_on:
        raise ValidationError({"answer_by": _("The answer cannot be due before the question.")})
    if contact is not None and contact.account_id != account.pk:
        raise ValidationError({"contact": _("This person is at another account.")})
    warnings = read_check(account=account, user=actor, contact=contact).warnings
    if warnings and not has_seen:
        raise Unseen(warnings)
    request = AdvocacyRequest(
        account=account,
        contact=contact,
        kind=kind,
        purpose=purpose.strip()[:200],
        asked_on=asked_on,
        answer_by=answer_by,
        warned_of=[{"code": one.code, "words": one.words} for one in warnings],
        asked_by=actor,
    )
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        raise ValidationError({"kind": _("They were asked for this already and have not answered.")}) from error
    touch = _log_ask(request, actor)
    AdvocacyRequest.objects.filter(pk=request.pk).update(touchpoint=touch)
    request.touchpoint = touch
    what = {"what": request.get_kind_display(), "name": account.name, "who": actor.name}
    grant_marketing(
        account_id=account.pk,
        ref=f"advocacy:{request.pk}",
        reason=_("Asked for: %(what)s") % what,
        until=today() + dt.timedelta(days=GRANT_DAYS),
    )
    url = reverse("advocacy_request", args=[request.pk])
    text = _("%(who)s asked %(name)s for: %(what)s") % what
    tell([account.csm], text=text, url=url, key=f"advocacy:{request.pk}:asked", but=actor)
    action = log_action(
        actor=actor,
        verb=_("Asked %(name)s for: %(what)s") % what,
        service="voc.undo_ask",
        arguments={"request_id": request.pk},
        url=url,
    )
    return request, action


def _log_ask(request: AdvocacyRequest, actor: User) -> Touchpoint:
    """The question on the timeline; it waits for a reply, and its day is the day of the answer.

    Whoever works at the desk may log it: that was checked by `require_desk`.
    """
    touch = log_touchpoint(
        actor=None,
        account=request.account,
        kind=Touchpoint.Kind.REFERENCE,
        subject=_("Asked: %(what)s") % {"what": request.get_kind_display()},
        body=request.purpose,
        contacts=[request.contact] if request.contact else [],
        occurred_at=moment_of(request.asked_on),
        asks_for=str(request.get_kind_display()),
        due_on=request.answer_by,
        is_proactive=True,
        source=SOURCE,
        external_id=f"ask:{request.pk}",
    )
    Touchpoint.objects.filter(pk=touch.pk).update(logged_by=actor)
    return touch


def moment_of(day: dt.date) -> dt.datetime:
    """Today is now; another day is its noon, so that no time zone makes it the day before."""
    moment = now()
    return moment if day == today() else dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)


@transaction.atomic
def undo_ask(*, actor: User, request_id: int) -> None:
    """The way back of asking, until there is an answer: the request goes, and with it what the timeline says."""
    request = AdvocacyRequest.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
    if request is None or request.answer:
        raise CannotUndo(_("It was answered already."))
    require_desk(actor, request.account)
    if request.touchpoint is not None:
        delete_touchpoint(actor=None, touchpoint=request.touchpoint)
    AccountGrant.objects.filter(source_ref=f"advocacy:{request.pk}").delete()
    request.delete()


@transaction.atomic
def edit_request(*, actor: User, request: AdvocacyRequest, version: int | None = None, **fields: Any) -> bool:
    """Change whom, what for, or by when; False when nothing differs.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        PermissionDenied: when the actor may not ask this account.
    """
    require_desk(actor, request.account)
    wanted = {name: value for name, value in fields.items() if name in EDITABLE}
    contact = wanted.get("contact")
    if contact is not None and contact.account_id != request.account_id:
        raise ValidationError({"contact": _("This person is at another account.")})
    before = save_version(request, version=version, fields=wanted)
    if "answer_by" in before and request.touchpoint_id and not request.answer:
        Touchpoint.objects.filter(pk=request.touchpoint_id).update(due_on=request.answer_by)
    return bool(before)


@transaction.atomic
def look_for(*, actor: User, kind: str, purpose: str = "") -> int:
    """Ask the CSMs of the best candidates, at most three people: each gets a task about the own account.

    Marketing learns the number alone, not whom. Nobody gets the same task twice while it is open.
    """
    best = best_candidates(count=ASKED_AT_ONCE, day=today())
    what = AdvocacyRequest.Kind(kind).label
    for one in best:
        assert one.account.csm is not None
        reasons = ", ".join(reason.words for reason in one.good)
        create_task(
            actor=None,
            owner=one.account.csm,
            account=one.account,
            title=_("Would %(name)s do this for us: %(what)s?") % {"name": one.account.name, "what": what},
            why=_("%(who)s looks for it. %(purpose)s Because: %(reasons)s.")
            % {"who": actor.name, "purpose": purpose.strip()[:120], "reasons": reasons},
            due_on=today() + dt.timedelta(days=7),
            dedupe_key=f"advocacy:{kind}:{one.account.pk}",
        )
    return len(best)
