"""The books side by side, and accounts that change hands with all that hangs on them."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, AccountSummary, Touchpoint
from lifecycle.formulas.books import Piece, divide
from lifecycle.models import Goal, Play, Promise, Reassignment, Trigger
from lifecycle.selectors.books import changes_of, plan_of, portions_of, read_books, team_of
from lifecycle.services.books import ReassignRefused, reassign
from team.clock import now, today
from team.models import ActionLog, Notice, User
from team.services.undo import undo_action
from tests.lifecycle.makers_calendars import make_meeting
from tests.lifecycle.makers_plays import make_playbook
from tests.lifecycle.makers_renewals import make_renewal
from tests.makers import make_account, make_contact, make_task, make_user


def worth(csm: User | None, arr: int, **fields: object) -> Account:
    account = make_account(csm=csm, **fields)  # type: ignore[arg-type]
    AccountSummary.objects.filter(account=account).update(arr=arr, health_band="good")
    return account


@pytest.fixture
def as_manager(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


pieces = st.lists(
    st.builds(Piece, account_id=st.integers(1, 10**6), weight=st.floats(0, 1e6)),
    unique_by=lambda one: one.account_id,
    max_size=60,
)


@given(pieces, st.integers(1, 6))
def test_each_account_goes_to_one_and_nobody_gets_more_than_the_heaviest_above_the_rest(
    given_pieces: list[Piece], people: int
) -> None:
    start = dict.fromkeys(range(people), 0.0)
    plan = divide(given_pieces, start=start, room=dict.fromkeys(start, 1.0))
    assert set(plan) == {one.account_id for one in given_pieces}
    filled = {person: sum(p.weight for p in given_pieces if plan[p.account_id] == person) for person in start}
    heaviest = max((one.weight for one in given_pieces), default=0.0)
    assert max(filled.values()) - min(filled.values()) <= heaviest + 1e-6
    assert divide(given_pieces[::-1], start=start, room=dict.fromkeys(start, 1.0)) == plan


def test_the_books_count_accounts_arr_tasks_load_and_renewals(csm: User, manager: User, stranger: User) -> None:
    csm.weekly_capacity_minutes = 600
    csm.save()
    account, other = worth(csm, 100_000), worth(csm, 50_000)
    worth(stranger, 10_000)
    worth(None, 5_000)
    worth(csm, 999, status="churned")
    make_task(owner=csm, account=account, due_on=today(), effort_minutes=60)
    make_task(owner=csm, account=account, due_on=today() + dt.timedelta(days=30), effort_minutes=500)
    make_task(owner=csm, account=other, due_on=today(), effort_minutes=30, parked_at=now())
    make_task(owner=csm, account=other, state="done", minutes=45)
    monday = today() - dt.timedelta(days=today().weekday())
    at = dt.datetime.combine(monday, dt.time(10), tzinfo=dt.UTC)
    make_meeting(csm, starts_at=at)
    renewal = make_renewal(account)
    type(renewal).objects.filter(pk=renewal.pk).update(due_on=today() + dt.timedelta(days=30), arr=Decimal(70_000))
    AccountSummary.objects.filter(account=account).update(arr=100_000)
    mine, theirs, nobodys = read_books(user=manager)
    assert (mine.user_id, theirs.user_id, nobodys.user_id) == (csm.pk, stranger.pk, None)
    assert (mine.accounts, mine.arr, mine.bands) == (2, Decimal(150_000), {"good": 2})
    assert (mine.tasks, mine.parked, mine.work, mine.meetings, mine.done) == (3, 1, 90, 60, 45)
    assert mine.load == pytest.approx(195 / 600)
    assert (mine.renewals, mine.renewals_arr) == (1, Decimal(70_000))
    assert mine.proactive.share == 1.0
    assert team_of([mine, theirs, nobodys]).accounts == 4


def test_the_page_takes_as_many_queries_for_many_people_as_for_few(
    as_manager: Client, django_assert_max_num_queries: object
) -> None:
    for _ in range(25):
        csm = make_user()
        make_task(owner=csm, account=worth(csm, 1000), due_on=today())
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        shown = as_manager.get(reverse("book")).content.decode()
    assert "Proactive share" in shown and "Reassign" in shown


def everything_of(csm: User) -> Account:
    """An account with one open thing of each kind."""
    account = worth(csm, 100_000, name="Acme")
    make_task(owner=csm, account=account, title="Call", due_on=today())
    Play.objects.create(playbook=make_playbook(), account=account, owner=csm, started_at=now())
    make_renewal(account)
    account.renewals.update(owner=csm)
    Goal.objects.create(
        account=account,
        owner=csm,
        title="Faster",
        baseline=1,
        target=2,
        starts_on=today(),
        due_on=today() + dt.timedelta(9),
    )
    Promise.objects.create(account=account, owner=csm, words="An import", made_on=today(), due_on=today())
    return account


def owners_of(account: Account) -> set[int | None]:
    kept = Account.objects.get(pk=account.pk)
    rows = (kept.tasks, kept.plays, kept.renewals, kept.goals, kept.promises)
    return {kept.csm_id, *(owner for related in rows for owner in related.values_list("owner", flat=True))}


def test_an_account_changes_hands_with_its_work_its_note_and_weaker_ties_and_comes_back(
    csm: User, manager: User, stranger: User
) -> None:
    account = everything_of(csm)
    ana, bo, cy = (make_contact(account, strength=strength) for strength in (5, 1, None))
    made = reassign(actor=manager, assignments={account.pk: stranger.pk}, note="Ana decides, be quick.")
    assert owners_of(account) == {stranger.pk}
    for contact in (ana, bo, cy):
        contact.refresh_from_db()
    assert (ana.strength, bo.strength, cy.strength) == (2, 1, 2)
    note = Touchpoint.objects.get(account=account)
    assert (note.body, note.subject, note.is_private) == (
        "Ana decides, be quick.",
        "Handed over from Carla Smith to Sten Ranger",
        True,
    )
    trigger = Trigger.objects.get(account=account, kind="csm_changed")
    assert trigger.payload == {"from": csm.email, "to": stranger.email}
    told = dict(Notice.objects.filter(kind="assigned").values_list("user__email", "text"))
    assert told[stranger.email] == "1 account is yours now: Ana decides, be quick."
    assert "handed over" in told[csm.email]
    action = ActionLog.objects.latest("pk")
    assert undo_action(actor=manager, action=action)
    assert owners_of(account) == {csm.pk}
    for contact in (ana, cy):
        contact.refresh_from_db()
    assert (ana.strength, cy.strength) == (5, None)
    assert not Touchpoint.objects.filter(account=account).exists()
    assert not Trigger.objects.filter(kind="csm_changed").exists()
    made.refresh_from_db()
    assert made.undone_at is not None
    assert not undo_action(actor=manager, action=action)


def test_what_was_moved_on_meanwhile_stays_where_it_is(csm: User, manager: User, stranger: User) -> None:
    account = everything_of(csm)
    reassign(actor=manager, assignments={account.pk: stranger.pk}, note="Note")
    third = make_user()
    Account.objects.filter(pk=account.pk).update(csm=third)
    assert undo_action(actor=manager, action=ActionLog.objects.latest("pk"))
    assert Account.objects.get(pk=account.pk).csm == third
    assert account.tasks.get().owner == stranger


def test_what_shall_not_go_along_stays(csm: User, manager: User, stranger: User) -> None:
    account = everything_of(csm)
    reassign(actor=manager, assignments={account.pk: stranger.pk}, note="Note", moves=["renewals"])
    assert account.renewals.get().owner == stranger
    assert {account.tasks.get().owner, account.plays.get().owner, account.goals.get().owner} == {csm}


def test_a_handover_without_a_note_or_a_keeper_is_refused_whole(csm: User, manager: User) -> None:
    account = worth(csm, 1)
    for person, note in ((make_user(), " "), (make_user(role="member"), "Note"), (csm, "Note")):
        with pytest.raises(ReassignRefused):
            reassign(actor=manager, assignments={account.pk: person.pk}, note=note)
    assert not Reassignment.objects.exists()


def test_a_csm_moves_nothing_that_is_not_theirs(csm: User, stranger: User) -> None:
    account = worth(stranger, 1)
    with pytest.raises(ReassignRefused):
        reassign(actor=csm, assignments={account.pk: csm.pk}, note="Mine now")


def test_many_accounts_move_in_as_many_queries_as_few(
    csm: User, manager: User, stranger: User, django_assert_max_num_queries: object
) -> None:
    accounts = [worth(csm, 1000) for _ in range(40)]
    for account in accounts:
        make_task(owner=csm, account=account)
        make_contact(account, strength=4)
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        reassign(actor=manager, assignments={account.pk: stranger.pk for account in accounts}, note="Note")
    assert Touchpoint.objects.count() == 40


def test_dividing_by_arr_levels_the_books_and_the_preview_adds_up(csm: User, manager: User, stranger: User) -> None:
    for arr in (90, 80, 40, 30, 20):
        worth(csm, arr * 1000)
    books = read_books(user=manager)
    portions = portions_of(Account.objects.filter(csm=csm))
    plan = plan_of(portions=portions, target_ids=[csm.pk, stranger.pk], books=books, by="arr")
    changes = changes_of(plan=plan, portions=portions, books=books)
    after = {change.after.name: change.after.arr for change in changes}
    assert sum(after.values()) == 260_000
    assert abs(after["Carla Smith"] - after["Sten Ranger"]) <= 20_000
    assert set(plan.values()) == {stranger.pk}


def test_pick_look_move_and_undo_on_the_page(as_manager: Client, csm: User, manager: User, stranger: User) -> None:
    accounts = [worth(csm, 50_000, name=f"Customer {number}") for number in range(3)]
    url = reverse("book_reassign")
    listed = as_manager.get(url, {"source": csm.pk}).content.decode()
    assert "Customer 0" in listed
    chosen = [str(account.pk) for account in accounts[:2]]
    looked = as_manager.post(url, {"do": "preview", "selected": chosen, "targets": [stranger.pk], "by": "arr"})
    assert looked.status_code == 200 and "Both books after" in looked.content.decode()
    plan = looked.context["hand_over"].initial["plan"]
    assert json.loads(plan) == dict.fromkeys(chosen, stranger.pk)
    assert as_manager.post(url, {"do": "move", "plan": plan, "note": "", "moves": ["tasks"]}).status_code == 422
    assert Account.objects.filter(csm=stranger).count() == 0
    moved = as_manager.post(url, {"do": "move", "plan": plan, "note": "Good luck", "moves": ["tasks"]})
    assert moved.status_code == 302
    assert Account.objects.filter(csm=stranger).count() == 2
    assert "Good luck" in as_manager.get(reverse("book")).content.decode()
    history = as_manager.get(reverse("account_history", args=[accounts[0].pk])).content.decode()
    assert "Good luck" in history


def test_every_account_of_the_filter_and_rows_of_the_list_can_be_picked(
    as_manager: Client, csm: User, stranger: User
) -> None:
    accounts = [worth(csm, 1000) for _ in range(3)]
    url = reverse("book_reassign")
    data = {"do": "preview", "all": "on", "source": csm.pk, "targets": [stranger.pk], "by": "count"}
    assert len(json.loads(as_manager.post(url, data).context["hand_over"].initial["plan"])) == 3
    picked = as_manager.post(url, {"selected": [accounts[0].pk]})
    assert [one.pk for one in picked.context["accounts"]] == [accounts[0].pk]


@pytest.mark.parametrize("plan", ["", "[]", "{}", "nonsense", '{"a": 1}', "[[1]]"])
def test_a_plan_that_was_tampered_with_moves_nothing(as_manager: Client, plan: str) -> None:
    answer = as_manager.post(reverse("book_reassign"), {"do": "move", "plan": plan, "note": "Note"})
    assert answer.status_code == 422
