"""Two workers at the same moment, with the same messages."""

import random

import pytest

from accounts.models import AccountExternalId
from engagement.models import Event, EventBatch, SeenMessage
from engagement.services.events.claiming import store_waiting
from tests.engagement.ingesting import make_key, sums, sums_of_events, track, wait_with
from tests.makers import make_account, make_user
from tests.team.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_messages_in_two_claims_are_stored_once(seed: int) -> None:
    account = make_account(csm=make_user())
    AccountExternalId.objects.create(account=account, source="crm", external_id="g-1")
    dice, key = random.Random(seed), make_key()
    calls = [track(f"E {n % 7}", groupId="g-1", userId=f"u{n % 30}") for n in range(600)]
    for _ in range(4):
        wait_with(key, dice.sample(calls, 400))

    def work() -> None:
        while store_waiting(most_events=1).batches:
            continue

    assert at_once(2, work) == [None, None]
    batches = list(EventBatch.objects.values_list("state", "events", "accepted", "duplicates"))
    assert {(state, events) for state, events, _accepted, _duplicates in batches} == {("done", 400)}
    stored = Event.objects.count()
    assert stored == SeenMessage.objects.count() == len(set(Event.objects.values_list("message_id", flat=True)))
    assert sum(accepted for _state, _events, accepted, _duplicates in batches) == stored
    assert sum(duplicates for *_others, duplicates in batches) == 1600 - stored
    assert sums() == sums_of_events()
