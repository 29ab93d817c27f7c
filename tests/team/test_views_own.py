"""The own pages: inbox, recent changes, profile, absences, keys, saved views."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from team.models import Absence, ApiKey, Notice, SavedView, User
from team.services.absences import CannotBeAway, add_absence, remove_absence
from team.services.notices import notify
from team.services.undo import undo_action
from team.services.views import NameTaken, rename_view, save_view, star_view
from tests.makers import make_user

HTMX = {"HX-Request": "true"}


def page(client: Client, url: str, **words: Any) -> str:
    answer = client.get(url, **words)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_inbox_shows_mine_and_hides_theirs(csm: User, stranger: User, as_csm: Client) -> None:
    notify(user=csm, kind="note", text="For Carla")
    notify(user=stranger, kind="note", text="For Sten")
    text = page(as_csm, "/inbox/")
    assert "For Carla" in text and "For Sten" not in text


def test_htmx_gets_the_lines_only(csm: User, as_csm: Client) -> None:
    notify(user=csm, kind="note", text="For Carla")
    answer = as_csm.get("/inbox/", headers=HTMX)
    assert "For Carla" in answer.content.decode() and "<html" not in answer.content.decode()
    assert "HX-Request" in answer.headers["Vary"]


def test_the_inbox_asks_the_same_number_of_questions_for_one_line_and_fifty(csm: User, as_csm: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(as_csm, "/inbox/")
        return len(queries)

    notify(user=csm, kind="note", text="A")
    one = count()
    for number in range(49):
        notify(user=csm, kind="note", text=f"{number}")
    assert count() == one


def test_the_inbox_goes_on_where_the_page_ended(csm: User, as_csm: Client) -> None:
    for number in range(55):
        notify(user=csm, kind="note", text=f"Line {number}.")
    first = as_csm.get("/inbox/").context["page"]
    rest = as_csm.get(f"/inbox/?before={first.next_before}").context["page"]
    assert [len(first.notices), len(rest.notices), rest.next_before] == [50, 5, None]
    assert {line.pk for line in first.notices}.isdisjoint(line.pk for line in rest.notices)


def test_done_and_snoozed_lines_leave_and_come_back(csm: User, as_csm: Client) -> None:
    notify(user=csm, kind="note", text="Look here")
    pk = csm.notices.get().pk
    answer = as_csm.post(f"/inbox/{pk}/read/", headers=HTMX)
    assert answer.status_code == 204 and "inbox-changed" in answer.headers["HX-Trigger"]
    assert "Look here" not in page(as_csm, "/inbox/")
    as_csm.post(f"/inbox/{pk}/unread/")
    as_csm.post(f"/inbox/{pk}/snooze/", {"until": "hour"})
    assert "Look here" not in page(as_csm, "/inbox/")
    assert "Look here" in page(as_csm, "/inbox/?show=snoozed")
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2), tick=False):
        assert "Look here" in page(as_csm, "/inbox/")


def test_tomorrow_is_tomorrow_morning_where_the_person_is(csm: User, as_csm: Client) -> None:
    User.objects.filter(pk=csm.pk).update(time_zone="Asia/Tokyo")
    notify(user=csm, kind="note", text="A")
    with time_machine.travel(dt.datetime(2026, 5, 1, 20, tzinfo=dt.UTC), tick=False):  # 05:00 on the 2nd in Tokyo
        as_csm.force_login(User.objects.get(pk=csm.pk))
        as_csm.post(f"/inbox/{csm.notices.get().pk}/snooze/", {"until": "tomorrow"})
    assert Notice.objects.get().snoozed_until == dt.datetime(2026, 5, 2, 23, tzinfo=dt.UTC)  # 08:00 on the 3rd


def test_a_rubbish_snooze_is_refused(csm: User, as_csm: Client) -> None:
    notify(user=csm, kind="note", text="A")
    assert as_csm.post(f"/inbox/{csm.notices.get().pk}/snooze/", {"until": "never"}).status_code == 422


def test_the_profile_takes_what_is_its_own_and_nothing_else(csm: User, as_csm: Client) -> None:
    words = {"name": "Carla Jones", "title": "CSM", "time_zone": "Europe/Copenhagen", "language": "da", "theme": "dark"}
    greedy = {"role": "admin", "is_staff": "on", "is_superuser": "on", "email": "x@evil.example", "access_version": "9"}
    assert as_csm.post("/settings/profile/", words | greedy).status_code == 302
    csm.refresh_from_db()
    assert (csm.name, csm.time_zone, csm.language, csm.theme, csm.is_dense) == (
        "Carla Jones", "Europe/Copenhagen", "da", "dark", False,
    )  # fmt: skip
    assert (csm.role, csm.is_staff, csm.is_superuser, csm.email) == ("csm", False, False, "csm@vendor.example")


@pytest.mark.parametrize(
    ("field", "value"), [("time_zone", "Mars/Olympus"), ("language", "xx"), ("theme", "pink"), ("name", "")]
)
def test_the_profile_refuses_what_does_not_exist(as_csm: Client, field: str, value: str) -> None:
    words = {"name": "Carla", "time_zone": "UTC", "language": "en", "theme": "system"}
    assert as_csm.post("/settings/profile/", words | {field: value}).status_code == 422


def test_pages_speak_the_persons_language(csm: User, as_csm: Client) -> None:
    User.objects.filter(pk=csm.pk).update(language="da")
    answer = as_csm.get("/settings/profile/")
    assert answer.headers["Content-Language"] == "da"
    assert '<html lang="da"' in answer.content.decode()


def test_a_zone_that_nobody_knows_does_not_lock_out(csm: User, as_csm: Client) -> None:
    User.objects.filter(pk=csm.pk).update(time_zone="Mars/Olympus")
    assert as_csm.get("/settings/").status_code == 302


def test_a_new_key_is_shown_once(as_csm: Client) -> None:
    answer = as_csm.post("/settings/keys/", {"name": "Script", "scopes": ["read"]})
    secret = answer.context["made"].secret
    assert secret in answer.content.decode()
    assert secret not in page(as_csm, "/settings/keys/")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("wrong", [{"scopes": ["root"]}, {"scopes": []}, {"name": ""}, {"expires_on": "2001-01-01"}])
def test_a_key_of_rubbish_is_not_made(as_csm: Client, wrong: dict[str, Any]) -> None:
    assert as_csm.post("/settings/keys/", {"name": "Script", "scopes": ["read"], **wrong}).status_code == 422
    assert not ApiKey.objects.exists()


def signed_in(user: User) -> Client:
    """A browser that came through the log-in page, which notes where it is."""
    user.set_password("correct horse battery")
    user.save()
    client = Client()
    client.post("/login/", {"login": user.email, "password": "correct horse battery"})
    return client


def test_a_session_elsewhere_can_be_ended(csm: User) -> None:
    elsewhere = signed_in(csm)
    here = Client()
    here.post("/login/", {"login": csm.email, "password": "correct horse battery"})
    this_one, other = here.get("/settings/security/").context["sessions"]
    assert (this_one.is_this_one, other.is_this_one) == (True, False)
    here.post(f"/settings/sessions/{other.pk}/end/")
    assert elsewhere.get("/settings/security/").status_code == 302
    assert here.get("/settings/security/").status_code == 200


def test_a_strangers_session_cannot_be_ended(stranger: User, as_csm: Client) -> None:
    elsewhere = signed_in(stranger)
    pk = elsewhere.get("/settings/security/").context["sessions"][0].pk
    as_csm.post(f"/settings/sessions/{pk}/end/")
    assert elsewhere.get("/settings/security/").status_code == 200


DAYS = {"starts_on": dt.date(2030, 7, 1), "ends_on": dt.date(2030, 7, 14)}


def test_the_deputy_is_told_and_works_the_book(csm: User, stranger: User) -> None:
    add_absence(user=csm, deputy=stranger, **DAYS)
    assert stranger.notices.get().kind == "absence"
    with time_machine.travel(dt.datetime(2030, 7, 3, 12, tzinfo=dt.UTC), tick=False):
        assert csm.pk in stranger.book_owner_ids()


def test_who_is_away_cannot_stand_in(csm: User, stranger: User, manager: User) -> None:
    add_absence(user=csm, deputy=manager, **DAYS)
    with pytest.raises(CannotBeAway):
        add_absence(user=stranger, deputy=csm, starts_on=dt.date(2030, 7, 14), ends_on=dt.date(2030, 7, 20))


def test_a_deputy_of_a_smaller_role_is_refused(csm: User) -> None:
    with pytest.raises(CannotBeAway):
        add_absence(user=csm, deputy=make_user(role="member"), **DAYS)


def test_two_absences_of_one_person_do_not_overlap(csm: User, manager: User) -> None:
    add_absence(user=csm, deputy=manager, **DAYS)
    with pytest.raises(CannotBeAway):
        add_absence(user=csm, deputy=manager, **DAYS)


def test_a_removed_absence_can_come_back(csm: User, manager: User) -> None:
    action = remove_absence(actor=csm, absence=add_absence(user=csm, deputy=manager, **DAYS))
    assert not Absence.objects.exists()
    assert action and undo_action(actor=csm, action=action)
    assert Absence.objects.get().deputy == manager


def test_noting_an_absence_in_the_browser(csm: User, manager: User, as_csm: Client) -> None:
    words = {"starts_on": "2030-07-01", "ends_on": "2030-06-01", "deputy": manager.pk}
    assert as_csm.post("/settings/absences/", words).status_code == 422
    assert as_csm.post("/settings/absences/", words | {"ends_on": "2030-07-02"}).status_code == 302
    assert "Mona Nager" in page(as_csm, "/settings/absences/")


def test_recent_changes_shows_mine_with_a_way_back(csm: User, stranger: User, as_csm: Client) -> None:
    for owner, name in ((csm, "Mine"), (stranger, "Theirs")):
        client = Client()
        client.force_login(owner)
        view = save_view(owner=owner, list_name="people", name=name, query="")
        client.post(f"/views/{view.pk}/delete/")
    text = page(as_csm, "/recent/")
    assert "Mine" in text and "Theirs" not in text
    as_csm.post("/undo/")
    assert [view.name for view in SavedView.objects.all()] == ["Mine"]


def test_undo_reloads_the_page_that_shows_old_facts(csm: User, as_csm: Client) -> None:
    view = save_view(owner=csm, list_name="people", name="Mine", query="")
    as_csm.post(f"/views/{view.pk}/delete/")
    answer = as_csm.post("/undo/", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_saving_a_view_replaces_the_one_of_the_same_name(csm: User, as_csm: Client) -> None:
    for query in ("?a=1", "a=2"):
        answer = as_csm.post("/views/", {"list_name": "inbox", "name": "Mine", "query": query})
    assert answer.headers["Location"] == f"{reverse('inbox')}?a=2"
    assert SavedView.objects.get().query == "a=2"
    assert "Mine" in page(as_csm, "/inbox/")


@pytest.mark.parametrize("list_name", ["nowhere", "https://evil.example", "person", "../x", ""])
def test_a_view_of_no_list_is_refused(as_csm: Client, list_name: str) -> None:
    assert as_csm.post("/views/", {"list_name": list_name, "name": "Mine"}).status_code == 422


def test_a_shared_view_can_be_starred_by_others_but_not_changed(csm: User, stranger: User) -> None:
    view = save_view(owner=stranger, list_name="inbox", name="Ours", query="", is_shared=True)
    assert star_view(user=csm, view=view, is_starred=True)
    assert not star_view(user=csm, view=view, is_starred=True)
    assert list(SavedView.objects.starred_by(csm)) == [view]
    assert not SavedView.objects.owned_by(csm).exists()


def test_a_view_that_is_not_shared_any_more_leaves_the_others_sidebar(csm: User, stranger: User) -> None:
    view = save_view(owner=stranger, list_name="inbox", name="Ours", query="", is_shared=True)
    star_view(user=csm, view=view, is_starred=True)
    SavedView.objects.update(is_shared=False)
    assert not SavedView.objects.starred_by(csm).exists()


def test_two_views_of_one_name_are_refused(csm: User) -> None:
    save_view(owner=csm, list_name="inbox", name="A", query="")
    other = save_view(owner=csm, list_name="inbox", name="B", query="")
    with pytest.raises(NameTaken):
        rename_view(view=other, name="A")
