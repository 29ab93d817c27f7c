"""Reports: worked out once, by whoever comes first, and shared by those who see the same."""

from typing import Any

import pytest
from django.http import QueryDict

from team.models import User
from team.services.reports import find_report, forget_report, work_out_report

pytestmark = pytest.mark.django_db


def echo(user: User, params: QueryDict) -> dict[str, object]:
    """What was asked, and by whom."""
    return {"asked": params.get("asked"), "who": user.pk}


def broken(user: User, params: QueryDict) -> object:
    """A report that cannot be worked out."""
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def reports(settings: Any) -> None:
    settings.REPORTS = {"echo": f"{__name__}.echo", "broken": f"{__name__}.broken"}


def test_a_report_is_worked_out_once_and_found_until_it_is_forgotten(manager: User) -> None:
    about = {"name": "echo", "query": "asked=when"}
    assert find_report(user=manager, **about) is None
    assert work_out_report(user_id=manager.pk, **about)
    assert not work_out_report(user_id=manager.pk, **about)
    found = find_report(user=manager, **about)
    assert found is not None and found.figures == {"asked": "when", "who": manager.pk}
    forget_report(user=manager, **about)
    assert find_report(user=manager, **about) is None


def test_those_who_see_everything_share_a_report_and_nobody_else_reads_it(
    manager: User, admin: User, csm: User
) -> None:
    about = {"name": "echo", "query": "asked=who"}
    assert work_out_report(user_id=manager.pk, **about)
    assert find_report(user=admin, **about) is not None
    assert find_report(user=csm, **about) is None
    forget_report(user=manager, **about)


def test_a_report_that_breaks_says_so_instead_of_waiting_for_ever(manager: User) -> None:
    with pytest.raises(ZeroDivisionError):
        work_out_report(name="broken", user_id=manager.pk, query="")
    found = find_report(name="broken", user=manager, query="")
    assert found is not None and found.figures is None
    forget_report(name="broken", user=manager, query="")


def test_a_report_for_somebody_who_left_is_not_worked_out(csm: User) -> None:
    User.objects.filter(pk=csm.pk).update(is_active=False)
    assert not work_out_report(name="echo", user_id=csm.pk, query="")
