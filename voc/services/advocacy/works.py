"""What accounts made with us: case studies, webinars, reviews, quotes, and what is said when one turns at risk."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account, AccountGrant
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action
from voc.models import AdvocacyRequest, AdvocacyWork
from voc.services.advocacy.asking import require_desk
from voc.services.advocacy.telling import grant_marketing, leads_of, marketing, tell

EDITABLE = ("kind", "title", "url", "published_on", "ends_on")
# So many days before it may not be used any more its marketer hears of it.
ENDS_SOON = 30


@transaction.atomic
def add_work(
    *, actor: User, account: Account, request: AdvocacyRequest | None = None, **fields: Any
) -> tuple[AdvocacyWork, ActionLog]:
    """Tie a work to its account; marketing sees the account as long as it is used.

    Raises:
        PermissionDenied: when the actor may not ask this account.
        ValidationError: for days in the wrong order, or another account's request.
    """
    require_desk(actor, account)
    if request is not None and request.account_id != account.pk:
        raise ValidationError({"account": _("The request was to another account.")})
    _check_days(fields)
    work = AdvocacyWork.objects.create(account=account, request=request, made_by=actor, **_chosen(fields))
    _grant(work)
    return work, _log(actor, work, _("Added “%(title)s”"), {"is_there": False})


@transaction.atomic
def edit_work(*, actor: User, work: AdvocacyWork, **fields: Any) -> bool:
    """Change what is said of it; False when nothing differs. The audit keeps what stood there."""
    require_desk(actor, work.account)
    _check_days({**{name: getattr(work, name) for name in EDITABLE}, **fields})
    changed = {name: value for name, value in _chosen(fields).items() if getattr(work, name) != value}
    if not changed:
        return False
    AdvocacyWork.objects.filter(pk=work.pk).update(**changed)
    work.refresh_from_db()
    _grant(work)
    return True


@transaction.atomic
def withdraw_work(*, actor: User, work: AdvocacyWork) -> ActionLog | None:
    """It is used no more; None when that was so already. Marketing's view of the account ends with it."""
    require_desk(actor, work.account)
    if AdvocacyWork.objects.filter(pk=work.pk, withdrawn_at=None).update(withdrawn_at=now()) != 1:
        return None
    work.refresh_from_db()
    AccountGrant.objects.filter(source_ref=_ref(work)).update(until=today())
    return _log(actor, work, _("Withdrew “%(title)s”"), {"is_there": True})


@transaction.atomic
def restore_work(*, actor: User, work_id: int, is_there: bool) -> None:
    """The way back of withdrawing (`is_there`), or of adding: then it is withdrawn."""
    work = AdvocacyWork.objects.select_for_update(of=("self",)).filter(pk=work_id).first()
    if work is None:
        raise CannotUndo(_("It is gone for good."))
    require_desk(actor, work.account)
    if not is_there:
        AccountGrant.objects.filter(source_ref=_ref(work)).delete()
        work.delete()
        return
    AdvocacyWork.objects.filter(pk=work.pk).update(withdrawn_at=None)
    work.refresh_from_db()
    _grant(work)


def _chosen(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in EDITABLE}


def _check_days(fields: dict[str, Any]) -> None:
    published, ends = fields.get("published_on"), fields.get("ends_on")
    if published and ends and ends < published:
        raise ValidationError({"ends_on": _("It cannot end before it was published.")})


def _ref(work: AdvocacyWork) -> str:
    return f"advocacy_work:{work.pk}"


def _grant(work: AdvocacyWork) -> None:
    if work.withdrawn_at is None:
        reason = f"{work.get_kind_display()}: {work.title}"
        grant_marketing(account_id=work.account_id, ref=_ref(work), reason=reason, until=work.ends_on)


def _log(actor: User, work: AdvocacyWork, verb: str, arguments: dict[str, Any]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"title": work.title},
        service="voc.restore_work",
        arguments={"work_id": work.pk, **arguments},
        url=reverse("advocacy_works"),
    )


@transaction.atomic
def warn_of_risk(*, limit: int = 500) -> int:
    """Works in use whose account turned at risk: marketing's lead and the CSM hear it once per turn. Set-based.

    Back in one of the two best bands the account is forgiven, so that the next turn is news. Returns how many turned.
    """
    calm = AdvocacyWork.objects.filter(warned_at__isnull=False).exclude(account__status=Account.Status.CHURNED)
    safe = calm.filter(account__summary__health_band__in=AdvocacyWork.SAFE_BANDS)
    AdvocacyWork.objects.filter(pk__in=safe.values("pk")).update(warned_at=None)
    turned = AdvocacyWork.objects.in_use(today()).at_risk().filter(warned_at=None).order_by("pk")
    locked = turned.select_for_update(of=("self",), skip_locked=True).select_related("account__csm")
    works = list(locked[:limit])
    AdvocacyWork.objects.filter(pk__in=[work.pk for work in works]).update(warned_at=now())
    leads = leads_of(marketing()) if works else []
    for work in works:
        for person in {*leads, work.account.csm} - {None}:
            _tell_risk(work, person)
    return len(works)


def _tell_risk(work: AdvocacyWork, person: User | None) -> None:
    """SECURITY: no score and no sum, for marketing reads it too."""
    assert person is not None
    with override(person.language):
        words = {"name": work.account.name, "title": work.title, "kind": work.get_kind_display()}
        text = _("%(name)s turned at risk. Look at what you show of them: %(kind)s “%(title)s”") % words
    url = f"{reverse('advocacy_works')}?{urlencode({'account': work.account.name[:80]})}"
    tell([person], text=text, url=url, key=f"advocacy_work:{work.pk}:risk:{today().isoformat()}")


def warn_of_end(*, limit: int = 500) -> int:
    """Works that may be used for 30 more days at most: marketing's lead hears it once. Returns how many notices."""
    day = today()
    ending = AdvocacyWork.objects.in_use(day).filter(ends_on__lte=day + dt.timedelta(days=ENDS_SOON))
    leads = leads_of(marketing())
    told = 0
    for work in ending.select_related("account").order_by("ends_on", "pk")[:limit] if leads else ():
        words = {"title": work.title, "name": work.account.name, "day": f"{work.ends_on}"}
        text = _("“%(title)s” of %(name)s may be used until %(day)s") % words
        key = f"advocacy_work:{work.pk}:ends:{work.ends_on}"
        told += tell([*leads], text=text, url=reverse("advocacy_work_edit", args=[work.pk]), key=key)
    return told
