"""What people and the model believe about a renewal; each belief is kept."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services.changes import mark_changed
from accounts.services.facts import FactRow, push_facts
from accounts.services.versions import require_editor
from lifecycle.models import Renewal, RenewalCall
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action


class RenewalRefused(ValueError):
    """The change makes no sense; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """The model's chance of one renewal, 0 to 1."""

    renewal_id: int
    chance: Decimal


@transaction.atomic
def make_call(
    *,
    actor: User,
    renewal: Renewal,
    category: str,
    chance_percent: int | None = None,
    forecast_arr: Decimal | None = None,
    note: str = "",
) -> ActionLog | None:
    """Write down the CSM's call: category, chance (0 to 100) and forecast in the contract's currency; None: no change.

    The category lost without a sum forecasts nothing; a category that leaves lost takes the due ARR again.

    Raises:
        RenewalRefused: when the renewal is closed.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, renewal.account_id)
    kept = Renewal.objects.select_for_update(of=("self",)).get(pk=renewal.pk)
    if kept.state != Renewal.State.OPEN:
        raise RenewalRefused(_("This renewal is closed; open it again first."))
    forecast = _forecast(kept, category, forecast_arr)
    before = {"category": kept.category, "csm_chance": kept.csm_chance, "forecast_arr": str(kept.forecast_arr)}
    if before == {"category": category, "csm_chance": chance_percent, "forecast_arr": str(forecast)} and not note:
        return None
    _write(kept, category, chance_percent, forecast)
    RenewalCall.objects.create(
        renewal=kept,
        by=actor,
        category=category,
        chance=None if chance_percent is None else Decimal(chance_percent) / 100,
        forecast_arr=forecast,
        note=note.strip()[:300],
        made_at=now(),
    )
    renewal.refresh_from_db()
    _tell(kept, category, chance_percent)
    return log_action(
        actor=actor,
        verb=_("Called the renewal of %(account)s") % {"account": kept.account.name},
        service="lifecycle.undo_call",
        arguments={"renewal_id": kept.pk, **before},
        url=reverse("renewal", args=[kept.pk]),
    )


def _forecast(kept: Renewal, category: str, given: Decimal | None) -> Decimal:
    if given is not None:
        return given
    if category == Renewal.Category.LOST:
        return Decimal(0)
    return kept.arr if kept.category == Renewal.Category.LOST else kept.forecast_arr


def _write(kept: Renewal, category: str, chance_percent: int | None, forecast: Decimal) -> None:
    Renewal.objects.filter(pk=kept.pk).update(
        category=category,
        csm_chance=chance_percent,
        forecast_arr=forecast,
        version=F("version") + 1,
        updated_at=timezone.now(),
    )


def _tell(kept: Renewal, category: str, chance_percent: int | None) -> None:
    at = now()
    push_facts(
        owner="lifecycle",
        rows=[
            FactRow(kept.account_id, "renewal_category", category, at),
            FactRow(kept.account_id, "renewal_chance", chance_percent, at),
        ],
    )
    mark_changed(account_ids=[kept.account_id], reason="renewal")


@transaction.atomic
def undo_call(*, actor: User, renewal_id: int, category: str, csm_chance: int | None, forecast_arr: str) -> bool:
    """Put the call before back, as a call of its own: the history of beliefs is never rewritten.

    Raises:
        CannotUndo: when the renewal was closed since, or is not the actor's to change.
    """
    kept = Renewal.objects.editable_by(actor).open().select_for_update(of=("self",)).filter(pk=renewal_id).first()
    if kept is None:
        raise CannotUndo(_("The renewal was closed since."))
    _write(kept, category, csm_chance, Decimal(forecast_arr))
    RenewalCall.objects.create(
        renewal=kept,
        by=actor,
        category=category,
        chance=None if csm_chance is None else Decimal(csm_chance) / 100,
        forecast_arr=Decimal(forecast_arr),
        note=_("Taken back"),
        made_at=now(),
    )
    _tell(kept, category, csm_chance)
    return True


@transaction.atomic
def take_model_calls(*, rows: Iterable[ModelCall], at: dt.datetime | None = None) -> int:
    """Write down the model's chances for open renewals, in bulk; returns how many. Called by who predicts."""
    given = {row.renewal_id: row.chance for row in rows}
    open_ones = list(Renewal.objects.open().filter(pk__in=given).select_for_update(of=("self",)))
    for one in open_ones:
        one.model_chance = given[one.pk]
    Renewal.objects.bulk_update(open_ones, ["model_chance"], batch_size=1000)
    moment = at or now()
    RenewalCall.objects.bulk_create(
        [
            RenewalCall(
                renewal=one,
                by=None,
                category=one.category,
                chance=one.model_chance,
                forecast_arr=(one.arr * given[one.pk]).quantize(Decimal("0.01")),
                made_at=moment,
            )
            for one in open_ones
        ],
        batch_size=1000,
    )
    return len(open_ones)
