"""The Plan tab: what it holds, in how many queries, and what it offers to whom."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AccountGrant, CustomField
from lifecycle.models import PlanComment, Task
from lifecycle.selectors.shared_plans import shared_card, with_shared
from lifecycle.selectors.tasks import read_plan_tasks
from team.clock import today
from team.models import User
from team.services.install import ensure_install
from tests.lifecycle.makers_goals import make_goal, make_plan, make_promise
from tests.lifecycle.makers_journeys import make_data_criterion, make_visit, stage_of
from tests.lifecycle.makers_mails import make_play, make_run
from tests.makers import make_account, make_contact, make_department, make_task, make_user

pytestmark = pytest.mark.django_db

MOST = 14


def fill(account: Account, csm: User, rows: int) -> Account:
    """So many of everything that the tab lists, with criteria on fields, custom fields and facts."""
    make_visit(account, "closed_won", days=90, left_days=60)
    visit = make_visit(account, "first_value", days=50)
    for number in range(rows):
        make_contact(account, name=f"Person {number}")
        make_task(owner=csm, account=account, title=f"Open {number}")
        make_task(owner=csm, account=account, title=f"Finished {number}", state=Task.State.DONE)
        goal = make_goal(account, title=f"Goal {number}")
        make_promise(account, words=f"Promise {number}")
        make_run(make_play(account, owner=csm))
        make_plan(account, by=csm)
        PlanComment.objects.create(account=account, author_name=f"Mia {number}", text=f"Words {number}", goal=goal)
        make_data_criterion(visit.stage, f"custom.key{number}", "eq", "yes")
    make_data_criterion(visit.stage, "fact.health", "is_set", None)
    make_data_criterion(visit.stage, "account.segment", "is_set", None)
    return account


def queries_of(client: Client, account: Account) -> tuple[int, str]:
    ensure_install()  # as every install has; without its row the frame is read piecemeal
    with CaptureQueriesContext(connection) as caught:
        response = client.get(reverse("account_plan", args=[account.pk]))
    assert response.status_code == 200
    return len(caught), response.content.decode()


@pytest.mark.parametrize("rows", [1, 20])
def test_the_tab_takes_as_many_queries_for_one_row_as_for_twenty(csm: User, as_csm: Client, rows: int) -> None:
    for number in range(rows):
        CustomField.objects.create(key=f"key{number}", label=f"Field {number}", type="text")
    number, page = queries_of(as_csm, fill(make_account(csm=csm), csm, rows))
    last = rows - 1
    for words in (f"Open {last}", f"Finished {last}", f"Goal {last}", f"Promise {last}", f"Words {last}"):
        assert words in page
    assert number <= MOST


def test_an_account_with_nothing_takes_no_more(csm: User, as_csm: Client) -> None:
    stage_of("onboarding")  # there is a journey, nobody is on it
    number, _page = queries_of(as_csm, make_account(csm=csm))
    assert number <= MOST


def test_the_card_of_what_is_shared_counts_live_links_and_keeps_the_last_five_comments(csm: User) -> None:
    account, read_at = make_account(csm=csm), timezone.now()
    make_plan(account, by=csm, last_read_at=read_at)
    make_plan(account, by=csm, expires_on=today() - dt.timedelta(days=1))
    make_plan(account, by=csm, revoked_at=read_at)
    make_plan(make_account(csm=csm), by=csm)
    for number in range(7):
        PlanComment.objects.create(account=account, author_name="Mia", text=f"Words {number}")
    PlanComment.objects.create(account=account, author_name="Carla", author=csm, text="Ours", goal=make_goal(account))
    PlanComment.objects.create(account=account, author_name="Mia", text="Gone", removed_at=read_at)
    card = shared_card(with_shared(Account.objects.filter(pk=account.pk)).get())
    assert (card.live_links, card.last_read_at) == (1, read_at)
    assert [one.text for one in card.comments] == ["Ours", "Words 6", "Words 5", "Words 4", "Words 3"]
    assert (card.comments[0].is_ours, card.comments[0].goal) == (True, "Fewer late plans")
    assert card.comments[0].created_at == PlanComment.objects.get(text="Ours").created_at


def test_finished_tasks_stand_newest_first_and_others_are_left_out(csm: User) -> None:
    account = make_account(csm=csm)
    for days in (3, 1, 2):
        done_at = timezone.now() - dt.timedelta(days=days)
        make_task(owner=csm, account=account, title=f"{days}", state=Task.State.DONE, done_at=done_at)
    make_task(owner=csm, account=account, title="late", due_on=today() - dt.timedelta(days=1))
    make_task(owner=csm, account=account, title="cancelled", state=Task.State.CANCELLED)
    make_task(owner=csm, account=make_account(csm=csm), title="elsewhere")
    is_open, is_done = read_plan_tasks(user=csm, account=account)
    assert [task.title for group in is_open.groups for task in group.tasks] == ["late"]
    assert [task.title for group in is_done.groups for task in group.tasks] == ["1", "2", "3"]


def test_a_task_offers_its_verbs_to_those_who_may_use_them(csm: User, as_csm: Client) -> None:
    member, viewer = make_user(role="member"), make_user(role="viewer")
    account, department = make_account(csm=csm), make_department("product", members=(member,))
    AccountGrant.objects.create(account=account, department=department, reason="A case", source_ref="insight:1")
    task = make_task(owner=csm, account=account, title="Call them")
    finished = make_task(owner=csm, account=account, title="Sent it", state=Task.State.DONE)
    verbs = [
        reverse(name, args=[row.pk])
        for name, row in [
            ("task_edit", task),
            ("task_complete", task),
            ("task_snooze", task),
            ("task_reopen", finished),
        ]
    ]
    page = as_csm.get(reverse("account_plan", args=[account.pk])).content.decode()
    assert all(verb in page for verb in verbs)
    for reader in (member, viewer):
        client = Client()
        client.force_login(reader)
        page = client.get(reverse("account_plan", args=[account.pk])).content.decode()
        assert "Call them" in page
        assert "Sent it" in page
        assert not [verb for verb in verbs if verb in page]
