"""The vendor's settings: people, departments, company."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from team.models import Department, Holiday, Install, StaffInvitation, User
from team.services.departments import ensure_departments
from tests.makers import make_user


@pytest.fixture
def as_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture(autouse=True)
def kept_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_people_asks_the_same_number_of_questions_for_one_and_twenty(as_admin: Client) -> None:
    product = ensure_departments()[0]

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_admin.get("/settings/people/").status_code == 200
        return len(queries)

    product.people.add(make_user())
    one = count()
    product.people.add(*[make_user() for _ in range(20)])
    assert count() == one


def test_inviting_in_the_browser(as_admin: Client) -> None:
    words = {"email": "new@vendor.example", "name": "Nia", "role": "viewer"}
    assert as_admin.post("/settings/people/invite/", words).status_code == 302
    assert StaffInvitation.objects.get().role == "viewer"
    assert "new@vendor.example" in as_admin.get("/settings/people/").content.decode()


@pytest.mark.parametrize("wrong", [{"email": "nonsense"}, {"role": "root"}, {"email": "admin@vendor.example"}])
def test_a_wrong_invitation_is_refused(as_admin: Client, wrong: dict[str, str]) -> None:
    words = {"email": "new@vendor.example", "name": "Nia", "role": "viewer"}
    assert as_admin.post("/settings/people/invite/", words | wrong).status_code == 422


def test_role_and_access_in_the_browser(as_admin: Client, csm: User) -> None:
    as_admin.post(f"/settings/people/{csm.pk}/role/", {"role": "manager"})
    as_admin.post(f"/settings/people/{csm.pk}/deactivate/")
    csm.refresh_from_db()
    assert (csm.role, csm.is_active) == ("manager", False)
    as_admin.post("/undo/")
    csm.refresh_from_db()
    assert csm.is_active


def test_an_admin_cannot_shut_themselves_out(as_admin: Client, admin: User) -> None:
    page = as_admin.post(f"/settings/people/{admin.pk}/deactivate/", follow=True)
    assert "cannot take away your own access" in page.content.decode()
    assert as_admin.get("/settings/people/").status_code == 200


def test_the_lead_of_a_department_is_a_member(as_admin: Client, csm: User, manager: User) -> None:
    ensure_departments()
    words = {"name": "Product", "lead": manager.pk, "members": [csm.pk], "opens_at": "08:00", "closes_at": "16:00"}
    answer = as_admin.post(
        "/settings/departments/product/", words | {"time_zone": "Europe/Copenhagen", "sla_hours": "8"}
    )
    assert answer.status_code == 302
    product = Department.objects.get(slug="product")
    assert (product.lead, product.sla_hours, product.opens_at) == (manager, 8, dt.time(8))
    assert set(product.people.all()) == {csm, manager}


def test_a_department_cannot_close_before_it_opens(as_admin: Client) -> None:
    ensure_departments()
    words = {"name": "Product", "opens_at": "16:00", "closes_at": "08:00", "time_zone": "UTC", "sla_hours": "8"}
    assert as_admin.post("/settings/departments/product/", words).status_code == 422


def test_the_company_in_the_browser(as_admin: Client) -> None:
    words = {"company": "Acme", "currency": "DKK", "country": "DK", "time_zone": "UTC", "fiscal_year_starts": "7"}
    assert as_admin.post("/settings/company/", words).status_code == 302
    install = Install.objects.get()
    assert (install.company, install.currency, install.fiscal_year_starts, install.requires_mfa) == (
        "Acme",
        "DKK",
        7,
        False,
    )
    assert as_admin.post("/settings/company/", words | {"currency": "XXX"}).status_code == 422


def test_own_days_off_come_and_go(as_admin: Client) -> None:
    as_admin.post("/settings/holidays/", {"day": "2030-05-05", "name": "Founding day"})
    day = Holiday.objects.get()
    assert "Founding day" in as_admin.get("/settings/company/").content.decode()
    as_admin.post(f"/settings/holidays/{day.pk}/remove/")
    assert not Holiday.objects.exists()
    assert as_admin.post("/settings/holidays/", {"day": "rubbish", "name": "x"}).status_code == 422
