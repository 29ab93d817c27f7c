"""Pages over all accounts: at once where there are few, else by a worker, with a page that waits for it."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.selectors import sizes
from lifecycle.models import StageVisit
from lifecycle.services.defaults import ensure_default_journey
from lifecycle.services.stages import enter_stage
from team.http.reports import query_of
from team.models import User
from team.services.install import ensure_install
from team.services.reports import work_out_report
from tests.makers import make_account

pytestmark = pytest.mark.django_db

REPORTS = [
    ("journey_flow", "journey_flow", ""),
    ("journey_predictability", "journey_predictability", ""),
    ("retention_compare", "retention_compare", "b=rates"),
    ("retention_cost", "retention_cost", ""),
    ("retention", "retention_then", "known=then"),
]


@pytest.fixture(autouse=True)
def install(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    ensure_install()
    monkeypatch.setattr(sizes, "QUICK", 0)
    cache.clear()


@pytest.mark.parametrize(("page", "report", "query"), REPORTS)
def test_a_page_waits_for_a_worker_and_then_shows_its_figures(
    manager: User, csm: User, page: str, report: str, query: str
) -> None:
    journey = ensure_default_journey()
    account = make_account(csm=csm)
    enter_stage(account=account, stage=journey.stages.order_by("position")[0], actor=csm)
    assert StageVisit.objects.exists()
    client = Client()
    client.force_login(manager)
    address = f"{reverse(page)}?{query}"

    waiting = client.get(address)
    assert waiting.status_code == 200
    assert b"<progress" in waiting.content
    asked = query_of(waiting.wsgi_request)
    assert work_out_report(name=report, user_id=manager.pk, query=asked)

    found = client.get(address).content
    assert b"<progress aria-label" not in found
    assert b"Work it out anew" in found
    anew = client.get(f"{address}&fresh=1").content
    assert b"<progress" in anew
