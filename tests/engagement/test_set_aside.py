"""Accounts whose data break the judgement: found by halving, set aside with the reason, tried again."""

import datetime as dt

import pytest
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, AccountChange
from accounts.services.changes import mark_changed
from engagement.models import RecomputeRun, Score
from engagement.selectors.health import health_of
from engagement.services import recompute
from engagement.services.faults import is_about_data
from engagement.services.recompute import claim_and_recompute, recompute_accounts
from engagement.services.runs import PREFIX, mark_aged, start_run
from team.clock import today
from team.models import User
from tests.engagement.test_views import sign_in
from tests.engagement.worlds import make_known_account
from tests.makers import make_account

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def odd(csm: User, settings: Settings) -> Account:
    """An account with a stored score that nobody can read, among four others, a day later; nothing waits."""
    account = make_known_account(csm)
    ids = [account.pk, *(make_account(csm=csm).pk for _ in range(4))]
    recompute_accounts(account_ids=ids)
    spoil(account)
    AccountChange.objects.all().delete()
    settings.DATA_DATE = today() + dt.timedelta(days=1)
    return account


def spoil(account: Account) -> None:
    Score.objects.filter(account=account).update(inputs={"silence": 7})


def judged() -> set[int]:
    return set(Score.objects.current().filter(as_of=today()).values_list("account", flat=True))


def all_ids() -> set[int]:
    return set(Account.objects.values_list("pk", flat=True))


def test_one_broken_account_of_a_batch_is_set_aside_and_the_others_are_judged(odd: Account, admin: User) -> None:
    mark_changed(account_ids=all_ids(), reason="test")
    assert claim_and_recompute() == 5
    assert judged() == all_ids() - {odd.pk}
    mark = AccountChange.objects.get()
    assert (mark.account_id, mark.reason.startswith(AccountChange.ASIDE), mark.words != "") == (odd.pk, True, True)
    assert claim_and_recompute() == 0
    Score.objects.filter(account=odd).update(inputs={})
    assert not health_of(odd).is_waiting
    page = sign_in(admin).get(reverse("recompute_runs"))
    assert page.context["runs"].waiting == 0
    assert odd.name in page.content.decode()
    assert "Set aside" in page.content.decode()


def test_it_is_tried_again_after_a_change_and_each_hour(odd: Account) -> None:
    mark_changed(account_ids=[odd.pk], reason="test")
    claim_and_recompute()
    assert mark_aged() == 4
    claim_and_recompute()
    assert mark_aged() == 0
    AccountChange.objects.update(marked_at=timezone.now() - 2 * HOUR)
    assert mark_aged() == 1
    assert claim_and_recompute() == 2
    assert AccountChange.objects.get().reason.startswith(AccountChange.ASIDE)
    Score.objects.filter(account=odd).update(inputs={})
    mark_changed(account_ids=[odd.pk], reason="test")
    claim_and_recompute()
    assert judged() == all_ids()
    assert not AccountChange.objects.exists()


def test_a_full_recompute_ends_although_one_account_is_broken(odd: Account) -> None:
    run = start_run(actor=None, size=5)
    while claim_and_recompute():
        pass
    run.refresh_from_db()
    assert (run.done, run.finished_at is not None) == (5, True)
    assert judged() == all_ids() - {odd.pk}


def test_an_error_of_ours_sets_nobody_aside(odd: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recompute, "MOST_ASIDE", 1)
    Score.objects.update(inputs={"silence": 7}, value=50, state="scored")
    mark_changed(account_ids=all_ids(), reason="test")
    with pytest.raises(TypeError):
        claim_and_recompute()
    assert AccountChange.objects.filter(reason="test").count() == 5


def test_a_run_for_which_nothing_waits_holds_up_no_new_day(odd: Account) -> None:
    Score.objects.filter(account=odd).update(inputs={})
    run = RecomputeRun.objects.create(as_of=today(), total=2, done=1)
    AccountChange.objects.create(account=odd, reason=f"{PREFIX}{run.pk}")
    assert mark_aged() == 0
    AccountChange.objects.all().delete()
    assert mark_aged() == 5
    run.refresh_from_db()
    assert run.finished_at is not None


def test_what_an_error_is_about() -> None:
    def error(kind: type[Exception], code: str | None) -> Exception:
        made, cause = kind("said"), Exception()
        cause.pgcode = code  # type: ignore[attr-defined]
        made.__cause__ = cause
        return made

    assert not is_about_data(error(OperationalError, None))
    assert not is_about_data(error(OperationalError, "40P01"))
    assert not is_about_data(error(InterfaceError, None))
    assert not is_about_data(error(DatabaseError, None)), "a connection that ended in the middle of a COPY"
    assert is_about_data(error(DatabaseError, "P9999"))
    assert is_about_data(error(OperationalError, "57014"))
    assert is_about_data(error(OperationalError, "54001"))
    assert is_about_data(error(DataError, "22003"))
    assert is_about_data(TypeError("said"))
