"""The contact budget under senders that work at once, on a real Postgres: what left never breaks a rule."""

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.db import connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pytest_django import Settings

from accounts.formulas.budget import AUTOMATED_KINDS, YEAR
from accounts.models import Account, AccountSummary, Contact, ContactRules, ContactSend
from accounts.services.budget import check_contact, hold_contact, record_send
from outbox.models import Message, State
from outbox.services import enqueue_mail
from outbox.services.outcomes import tell_listeners
from outbox.services.sending import drain
from team.clock import now
from tests.makers import make_account, make_contact

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

GONE = (State.SENT, State.KEPT, State.UNKNOWN)
KINDS = ("survey", "reminder", "automated", "personal", "transactional")


def at_once(calls: Sequence[Callable[[], Any]]) -> None:
    """Run all in threads that start together, each on its own connection."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> None:
        try:
            gate.wait(20)
            call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(run, call) for call in calls]:
            done.result(60)


@transaction.atomic
def write(contact_id: int, kind: str, *, is_for_renewal: bool, is_careless: bool) -> bool:
    """A sender like those of waves, plays and people: check, store the mail, record. A careless one does not check."""
    contact = Contact.objects.get(pk=contact_id) if is_careless else hold_contact(contact_id)
    if (
        not is_careless
        and not check_contact(contact=contact, kind=kind, at=now(), is_for_renewal=is_for_renewal).is_free
    ):
        return False
    message = enqueue_mail(
        kind=kind,
        recipient=contact.email,
        subject="Hello",
        body_text="x",
        dedupe_key=str(uuid.uuid4()),
        subject_ref=f"contact:{contact.pk}",
        is_automated=kind != "personal",
    )
    record_send(contact=contact, kind=kind, message_ref=message.ref, at=now(), is_for_renewal=is_for_renewal)
    return True


def send_all(workers: int = 3) -> None:
    """Every queued mail is judged and sent, or not, by some senders at once."""
    at_once([lambda: drain(channel="mail", seconds=30)] * workers)
    while Message.objects.filter(state=State.QUEUED).exists():
        drain(channel="mail", seconds=30)
    tell_listeners()


def gone_sends() -> list[ContactSend]:
    """The ledger's lines of mails that left."""
    gone = {message.ref for message in Message.objects.filter(state__in=GONE)}
    return [send for send in ContactSend.objects.order_by("sent_at", "pk") if send.message_ref in gone]


def broken_promises(rules: ContactRules, renews_on: dt.date | None) -> list[str]:
    """What left against the rules. Told apart from the code under test: it counts in windows that end at each mail."""
    found, sends = [], gone_sends()
    for contact_id in {send.contact_id for send in sends}:
        own = [send for send in sends if send.contact_id == contact_id]
        automated = [send.sent_at for send in own if send.kind in AUTOMATED_KINDS]
        for at in automated:
            week = sum(at - dt.timedelta(days=7) < other <= at for other in automated)
            if week > rules.mails_per_week:
                found.append(f"{week} mails in the week before {at}")
        for kind, days in (("survey", rules.survey_every_days), ("transactional", rules.transactional_every_days)):
            times = [send.sent_at for send in own if send.kind == kind]
            found += [
                f"{kind}: {first} and {second}"
                for first, second in itertools.pairwise(times)
                if second - first < dt.timedelta(days=days)
            ]
    for judged in sends:
        if judged.kind in ("personal", "transactional"):
            continue
        at = judged.sent_at
        stands = renews_on is not None and at.date() <= renews_on <= at.date() + YEAR
        kept = rules.renewal_reserve if stands and not judged.is_for_renewal else 0
        window = [send for send in sends if at - YEAR < send.sent_at <= at and send.kind != "transactional"]
        # Of mails of the same moment nobody knows the order: those that are never refused may have come after.
        after = sum(send.sent_at == at and (send.kind == "personal" or send.is_for_renewal) for send in window)
        if len(window) - after > max(1, rules.account_mails_per_year - kept):
            found.append(f"{len(window)} mails in the year before {at}")
    return found


class Senders(RuleBasedStateMachine):
    """Waves, plays and people who write to the same few contacts at once, over a year."""

    @initialize(
        week=st.integers(1, 3),
        year=st.integers(4, 9),
        reserve=st.integers(0, 3),
        renews_in=st.sampled_from([None, 200]),
    )
    def begin(self, week: int, year: int, reserve: int, renews_in: int | None) -> None:
        live_settings.DATA_DATE = dt.date(2026, 1, 5)
        self.renews_on = dt.date(2026, 1, 5) + dt.timedelta(days=renews_in) if renews_in else None
        forget_all()
        self.budget = ContactRules.objects.create(
            mails_per_week=week,
            survey_every_days=30,
            transactional_every_days=5,
            account_mails_per_year=year,
            renewal_reserve=reserve,
        )
        account = make_account()
        AccountSummary.objects.filter(account=account).update(renews_on=self.renews_on)
        self.people = [make_contact(account).pk for _ in range(3)]

    @rule(
        asked=st.lists(
            st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.booleans(), st.booleans()), min_size=2, max_size=5
        )
    )
    def write_at_once(self, asked: list[tuple[str, int, bool, bool]]) -> None:
        at_once(
            [
                lambda kind=kind, who=who, renewal=renewal, careless=careless: write(  # type: ignore[misc]
                    self.people[who], kind, is_for_renewal=renewal, is_careless=careless
                )
                for kind, who, renewal, careless in asked
            ]
        )

    @rule()
    def send(self) -> None:
        send_all()

    @rule(kind=st.sampled_from(KINDS), who=st.integers(0, 2))
    def write_while_others_send(self, kind: str, who: int) -> None:
        def ask() -> bool:
            return write(self.people[who], kind, is_for_renewal=False, is_careless=True)

        at_once([ask, ask, lambda: drain(channel="mail", seconds=30), lambda: drain(channel="mail", seconds=30)])

    @rule(days=st.integers(1, 45))
    def wait(self, days: int) -> None:
        send_all()
        assert live_settings.DATA_DATE is not None
        live_settings.DATA_DATE += dt.timedelta(days=days)

    @invariant()
    def nothing_left_against_the_rules(self) -> None:
        if hasattr(self, "budget"):
            assert broken_promises(self.budget, self.renews_on) == []

    @invariant()
    def everything_that_left_stands_in_the_ledger(self) -> None:
        gone = Message.objects.filter(state__in=GONE)
        lines = ContactSend.objects.filter(is_waiting=False).values_list("message_ref", flat=True)
        assert {message.ref for message in gone} <= set(lines)


def forget_all() -> None:
    """Each example begins with an empty ledger."""
    Message.objects.all().delete()
    ContactSend.objects.all().delete()
    ContactRules.objects.all().delete()
    Account.objects.update(csm=None)


def test_the_budget_is_never_exceeded_by_senders_that_work_at_once(settings: Settings) -> None:
    settings.DATA_DATE = dt.date(2026, 1, 5)
    run_state_machine_as_test(Senders, settings=PACE)


PACE = settings(
    max_examples=12,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.mark.parametrize("has_gate", [True, False])
def test_eight_careless_senders_and_one_free_place(settings: Settings, has_gate: bool) -> None:
    """The control: without the judgement at the moment of sending the same senders break the rule."""
    if not has_gate:
        settings.OUTBOX_GATES = []
    rules = ContactRules.objects.create(mails_per_week=1)
    contact = make_contact(make_account())
    asked = [
        lambda: write(contact.pk, "automated", is_for_renewal=False, is_careless=True),
    ]
    at_once(asked * 8)
    send_all()
    assert bool(broken_promises(rules, None)) is not has_gate
    assert Message.objects.filter(state__in=GONE).count() == (1 if has_gate else 8)


def test_senders_who_check_first_fill_the_place_once() -> None:
    """Who holds the contact, checks and records sees what others wrote: nothing is refused later at the gate."""
    ContactRules.objects.create(account_mails_per_year=3, renewal_reserve=0, mails_per_week=50)
    account = make_account()
    people = [make_contact(account).pk for _ in range(8)]
    at_once(
        [
            lambda who=who: write(who, "survey", is_for_renewal=False, is_careless=False)  # type: ignore[misc]
            for who in people
        ]
    )
    assert Message.objects.count() == 3
    send_all()
    assert Message.objects.filter(state__in=GONE).count() == 3


def test_whoever_writes_to_several_people_of_an_account_waits_for_nobody_in_a_circle() -> None:
    account = make_account()
    people = [make_contact(account).pk for _ in range(4)]

    @transaction.atomic
    def ask(order: list[int]) -> None:
        for who in order:
            write(who, "personal", is_for_renewal=False, is_careless=False)

    for _time in range(5):
        at_once([lambda: ask(people), lambda: ask(people[::-1]), lambda: ask(people[2:] + people[:2])])
    assert ContactSend.objects.count() == 5 * 3 * 4
