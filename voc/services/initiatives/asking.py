"""What asks for an initiative: insights, and accounts on whose behalf somebody says so."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, Contact
from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action
from voc.models import Initiative, InitiativeInsight, InitiativeVoter, Insight, InsightStep
from voc.selectors.initiatives import may_take
from voc.services.initiatives.writing import require_editor
from voc.services.insights import NotAllowedNow

MOST_AT_ONCE = 2_000


@transaction.atomic
def add_insights(*, actor: User, initiative: Initiative, insights: Iterable[int]) -> ActionLog | None:
    """These insights (ids) ask for it from now on. One insight asks for one piece of work: others are passed over, and
    so is what the actor may not decide on. None when nothing was added.

    Raises NotAllowedNow for an initiative that was dropped.
    """
    require_editor(actor, initiative)
    if initiative.state == Initiative.State.DROPPED:
        raise NotAllowedNow(_("It was dropped: nothing can ask for it."))
    # SECURITY: what a person may not decide on cannot be named by its id.
    rows = list(
        may_take(actor).filter(pk__in=list(insights)[:MOST_AT_ONCE]).select_for_update(of=("self",)).order_by("pk")
    )
    if not rows:
        return None
    _join(actor, initiative, rows)
    words = ngettext("%(n)d insight asks for “%(title)s”", "%(n)d insights ask for “%(title)s”", len(rows))
    return log_action(
        actor=actor,
        verb=words % {"n": len(rows), "title": initiative.title},
        service="voc.undo_add_insights",
        arguments={"initiative": initiative.pk, "insights": [row.pk for row in rows]},
        url=reverse("initiative", args=[initiative.pk]),
    )


@transaction.atomic
def remove_insight(*, actor: User, initiative: Initiative, insight: int) -> ActionLog | None:
    """This insight asks for it no more; None when it did not. SECURITY: only one that the actor sees."""
    require_editor(actor, initiative)
    row = Insight.objects.visible_to(actor).filter(ask__initiative=initiative, pk=insight).first()
    if row is None:
        return None
    _part(actor, initiative, [row])
    return log_action(
        actor=actor,
        verb=_("“%(insight)s” asks for “%(title)s” no more") % {"insight": row.title, "title": initiative.title},
        service="voc.undo_remove_insight",
        arguments={"initiative": initiative.pk, "insight": row.pk},
        url=reverse("initiative", args=[initiative.pk]),
    )


@transaction.atomic
def undo_add_insights(*, actor: User, initiative: int, insights: Sequence[int]) -> bool:
    """The way back of `add_insights`."""
    found = _found(actor, initiative)
    if found is None:
        return False
    rows = list(Insight.objects.filter(ask__initiative=found, pk__in=insights))
    _part(actor, found, rows)
    return bool(rows)


@transaction.atomic
def undo_remove_insight(*, actor: User, initiative: int, insight: int) -> bool:
    """The way back of `remove_insight`. Raises CannotUndo when it asks for something else by now."""
    found = _found(actor, initiative)
    if found is None:
        return False
    row = Insight.objects.select_for_update().filter(pk=insight).first()
    if row is None or InitiativeInsight.objects.filter(insight=insight).exists():
        raise CannotUndo(_("It asks for something else by now."))
    _join(actor, found, [row])
    return True


@transaction.atomic
def add_vote(
    *, actor: User, initiative: Initiative, account: Account, contact: Contact | None = None, words: str = ""
) -> ActionLog | None:
    """An account wants it, says somebody who sees both; a second vote changes words and person of the first.

    None when nothing differs. Raises PermissionDenied, NotAllowedNow for a contact of another account.
    """
    if not may_vote(actor, initiative) or not Account.objects.visible_to(actor).filter(pk=account.pk).exists():
        raise PermissionDenied
    if contact is not None and contact.account_id != account.pk:
        raise NotAllowedNow(_("%(name)s belongs to another account.") % {"name": contact.name})
    held = InitiativeVoter.objects.select_for_update().filter(initiative=initiative, account=account).first()
    before = {"contact": held.contact_id, "words": held.words} if held else None
    words = words.strip()[:500]
    if before == {"contact": contact.pk if contact else None, "words": words}:
        return None
    InitiativeVoter.objects.update_or_create(
        initiative=initiative,
        account=account,
        defaults={"contact": contact, "words": words},
        create_defaults={"contact": contact, "words": words, "added_by": actor},
    )
    verb = _("%(account)s wants “%(title)s”") % {"account": account.name, "title": initiative.title}
    return _log_vote(actor, initiative, account.pk, before, verb)


@transaction.atomic
def remove_vote(*, actor: User, initiative: Initiative, vote: InitiativeVoter) -> ActionLog | None:
    """The account does not want it; None when that was known. Raises PermissionDenied."""
    if not may_vote(actor, initiative) or not Account.objects.visible_to(actor).filter(pk=vote.account_id).exists():
        raise PermissionDenied
    before = {"contact": vote.contact_id, "words": vote.words}
    if not InitiativeVoter.objects.filter(pk=vote.pk, initiative=initiative).delete()[0]:
        return None
    names = {"account": vote.account.name, "title": initiative.title}
    return _log_vote(actor, initiative, vote.account_id, before, _("%(account)s wants “%(title)s” no more") % names)


@transaction.atomic
def restore_vote(*, actor: User, initiative: int, account: int, before: dict[str, object] | None) -> bool:
    """The way back of both: the vote as it was before, or none."""
    found = Initiative.objects.visible_to(actor).filter(pk=initiative).first()
    if found is None or not Account.objects.visible_to(actor).filter(pk=account).exists():
        return False
    if before is None:
        return bool(InitiativeVoter.objects.filter(initiative=found, account=account).delete()[0])
    values = {"contact_id": before["contact"], "words": before["words"]}
    InitiativeVoter.objects.update_or_create(
        initiative=found, account_id=account, defaults=values, create_defaults={**values, "added_by": actor}
    )
    return True


def may_vote(actor: User, initiative: Initiative) -> bool:
    """Everybody who sees it and does not only read, as long as it is not over."""
    visible = Initiative.objects.visible_to(actor).filter(pk=initiative.pk)
    return actor.role != Role.VIEWER and initiative.state not in Initiative.OVER and visible.exists()


def _found(actor: User, pk: int) -> Initiative | None:
    found = Initiative.objects.filter(pk=pk).first()
    if found is not None:
        require_editor(actor, found)
    return found


def _join(actor: User, initiative: Initiative, rows: Sequence[Insight]) -> None:
    asks = [InitiativeInsight(initiative=initiative, insight=row, added_by=actor) for row in rows]
    InitiativeInsight.objects.bulk_create(asks, ignore_conflicts=True, batch_size=1_000)
    _log(actor, rows, _("Asks for “%(title)s”") % {"title": initiative.title})


def _part(actor: User, initiative: Initiative, rows: Sequence[Insight]) -> None:
    InitiativeInsight.objects.filter(initiative=initiative, insight__in=rows).delete()
    _log(actor, rows, _("Asks for “%(title)s” no more") % {"title": initiative.title})


def _log(actor: User, rows: Sequence[Insight], text: str) -> None:
    steps = [InsightStep(insight=row, state=row.state, actor=actor, text=text[:500]) for row in rows]
    InsightStep.objects.bulk_create(steps, batch_size=1_000)


def _log_vote(actor: User, initiative: Initiative, account: int, before: object, verb: str) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb,
        service="voc.restore_vote",
        arguments={"initiative": initiative.pk, "account": account, "before": before},
        url=reverse("initiative", args=[initiative.pk]),
    )
