"""One event: what it said, and where it went."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Account, Contact
from engagement.models import Event, EventBatch, EventIdentity, Feature, QuarantinedEvent, WriteKey
from team.models import User


@dataclass(frozen=True)
class Trace:
    """One identifier by which the event could find its account, as it stands now."""

    kind: str
    value: str
    account_id: int | None
    is_manual: bool = False


@dataclass(frozen=True)
class SeenEvent:
    """A stored event with all that it is connected to; `properties` is JSON for reading."""

    event: Event
    name: str
    properties: str
    feature: Feature | None
    key: WriteKey | None
    account: Account | None
    batch: EventBatch | None
    traces: Sequence[Trace]

    @property
    def counts_for(self) -> Feature | None:
        """The feature in whose sums the event stands."""
        return self.feature.merged_into or self.feature if self.feature else None


def written(properties: Any) -> str:
    """JSON as people read it, in the sender's order."""
    return json.dumps(properties, indent=2, ensure_ascii=False)


def find_event(*, user: User, received_at: dt.datetime, pk: int) -> SeenEvent | None:
    """The event of that moment and id; None where there is none, or its account is out of sight."""
    event = Event.objects.filter(received_at=received_at, id=pk).first()
    if event is None:
        return None
    account = Account.everything.visible_to(user).filter(pk=event.account_id).first()
    if account is None:
        return None
    feature = Feature.objects.select_related("merged_into").filter(pk=event.feature_id).first()
    return SeenEvent(
        event=event,
        name=feature.name if feature else "",
        properties=written(event.properties),
        feature=feature,
        key=WriteKey.objects.filter(pk=event.key_id).first(),
        account=account,
        batch=batch_of(event.key_id, event.received_at),
        traces=_traces(event, account),
    )


def batch_of(key_id: int, received_at: dt.datetime) -> EventBatch | None:
    """The receipt of the request that brought an event: the key's of that very moment."""
    rows = EventBatch.objects.defer("body").filter(key=key_id, received_at=received_at)
    return rows.order_by("-pk").first()


def _traces(event: Event, account: Account) -> list[Trace]:
    """What speaks for the account: groups and users that are known, the person's mail, its domain."""
    found: list[Trace] = []
    rows = EventIdentity.objects.filter(account=event.account_id)
    wanted = {("user", event.user_key)}
    mail = event.user_key if "@" in event.user_key else ""
    for identity in rows.filter(kind=EventIdentity.Kind.GROUP).order_by("pk")[:3]:
        found.append(Trace(identity.get_kind_display(), identity.value, account.pk, identity.is_manual))
    for kind, value in wanted:
        for identity in EventIdentity.objects.filter(kind=kind, value=value)[:1]:
            mail = mail or identity.email
            if identity.account_id is not None:
                label = identity.get_kind_display()
                found.append(Trace(label, identity.value, identity.account_id, identity.is_manual))
    domain = mail.rpartition("@")[2].casefold()
    if mail and Contact.objects.filter(account=event.account_id, email__iexact=mail).exists():
        found.append(Trace(str(Contact._meta.verbose_name).capitalize(), mail, account.pk))
    if domain and domain in account.domains:
        found.append(Trace(str(EventIdentity.Kind.DOMAIN.label), domain, account.pk))
    return found


def find_quarantined(*, pk: int) -> QuarantinedEvent | None:
    """An event that waits, with its receipt."""
    return QuarantinedEvent.objects.select_related("key", "batch").defer("batch__body").filter(pk=pk).first()
