"""The catalogue of features on screen."""

import pytest
from django.test import Client
from django.urls import reverse

from engagement.models import Feature, FeatureWork, UsageDay, UseCase
from engagement.services.catalogue import working
from team.models import ActionLog, User
from tests.engagement.worlds import make_usage
from tests.makers import make_account, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def admin() -> User:
    return make_user(role="admin")


@pytest.fixture
def page(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def shown(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def test_new_names_are_announced_reviewed_and_gone(page: Client) -> None:
    for name in ("plan_edited", "login"):
        Feature.objects.create(name=name)
    Feature.objects.create(name="known", is_reviewed=True)
    Feature.objects.create(name="noise", is_hidden=True)
    url = reverse("features")
    assert "2 new names to look at" in shown(page, url)
    review = shown(page, url, state="new")
    assert "login" in review
    assert "known" not in review
    for feature in Feature.objects.filter(name__in=["plan_edited", "login"]):
        page.post(reverse("feature_mark", args=[feature.pk, "review"]))
    assert "Every name was looked at" in shown(page, url, state="new")
    assert "new names" not in shown(page, url)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"key": "yes"}, {"a"}),
        ({"core": "yes"}, {"b"}),
        ({"state": "hidden"}, {"c"}),
        ({"state": "merged"}, {"d"}),
        ({"plan": "Team"}, {"a", "b", "c", "d"}),
        ({"plan": "Enterprise"}, {"b", "c", "d"}),
        ({"accounts.from": "5"}, {"a"}),
        ({"q": "needle"}, {"b"}),
    ],
)
def test_each_filter_finds_its_own(page: Client, query: dict[str, str], found: set[str]) -> None:
    seen = {"is_reviewed": True}
    a = Feature.objects.create(name="a", is_key=True, plans=["Team"], accounts_28=9, **seen)
    Feature.objects.create(name="b", is_core_action=True, description="a needle", **seen)
    Feature.objects.create(name="c", is_hidden=True, **seen)
    Feature.objects.create(name="d", merged_into=a, **seen)
    response = page.get(reverse("features"), {**query, "format": "csv"})
    lines = b"".join(response.streaming_content).decode().splitlines()[1:]  # type: ignore[attr-defined]
    assert {line.split(",")[0] for line in lines} == found


def test_a_field_is_edited_where_it_stands_and_a_clash_shows_both_values(page: Client) -> None:
    feature = Feature.objects.create(name="plan_edited")
    url = reverse("feature_field", args=[feature.pk, "plans"])
    assert 'name="plans"' in shown(page, url)
    page.post(url, {"plans": "Team, Business", "version": 1}, headers=HTMX)
    feature.refresh_from_db()
    assert (feature.plans, feature.version) == (["Team", "Business"], 2)
    clash = page.post(url, {"plans": "Enterprise", "version": 1}, headers=HTMX)
    assert clash.status_code == 409
    assert b"Team, Business" in clash.content
    assert b"Enterprise" in clash.content
    whole = reverse("feature_edit", args=[feature.pk])
    page.post(whole, {"label": "Plan edited", "plans": "Team", "version": 2})
    feature.refresh_from_db()
    assert (feature.label, feature.plans, feature.is_key) == ("Plan edited", ["Team"], False)


def test_the_picked_rows_change_together_and_the_list_comes_back_as_it_was(page: Client, admin: User) -> None:
    made = [Feature.objects.create(name=name) for name in "abc"]
    picked = {"selected": [one.pk for one in made[:2]], "what": "key", "back": "?state=new"}
    answer = page.post(reverse("features_bulk"), picked)
    assert answer.headers["Location"] == "/features/?state=new"
    assert Feature.objects.filter(is_key=True).count() == 2
    page.post(reverse("undo", args=[ActionLog.objects.get(actor=admin).pk]))
    assert not Feature.objects.filter(is_key=True).exists()
    assert page.post(reverse("features_bulk"), {"back": "//evil.example"}).headers["Location"] == "/features/"


def test_a_merge_shows_before_what_moves_and_is_taken_out_on_the_page(page: Client) -> None:
    account = make_account(name="Acme")
    make_usage(account, days_ago=3, events=7, feature="edit", user="ana")
    edit, plan = Feature.objects.get(name="edit"), Feature.objects.create(name="plan_edited")
    UseCase.objects.create(name="Planning").criteria.create(what="events", feature=plan, least=1)
    url = reverse("feature_merge", args=[edit.pk])
    preview = shown(page, url)
    assert "days of 1 account" in preview
    assert "7 events" in preview
    assert page.post(url, {"into": edit.pk}).status_code == 422
    offered = page.get(reverse("feature_options"), {"q": "edit", "not": str(edit.pk)}).json()
    assert [one["value"] for one in offered] == [str(plan.pk)]
    page.post(url, {"into": plan.pk})
    assert UsageDay.objects.get().feature == plan
    there = shown(page, reverse("feature_page", args=[plan.pk]))
    for words in ("Names that count for it", "Acme", "Planning"):
        assert words in there
    assert "counts for" in shown(page, reverse("feature_peek", args=[edit.pk]))
    assert page.get(reverse("feature_options"), {"q": "edit"}).json() == [
        {"value": str(plan.pk), "label": "plan_edited", "hint": ""}
    ]
    page.post(reverse("feature_unmerge", args=[edit.pk]))
    assert UsageDay.objects.get().feature == edit


def test_long_work_is_a_bar_until_a_worker_is_through(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "AT_ONCE", 0)
    make_usage(make_account(), days_ago=3, feature="edit")
    edit, plan = Feature.objects.get(name="edit"), Feature.objects.create(name="plan_edited")
    page.post(reverse("feature_merge", args=[edit.pk]), {"into": plan.pk})
    for url in (reverse("features"), reverse("feature_page", args=[edit.pk])):
        assert "The days of edit move to plan_edited" in shown(page, url)
    while working.advance_work():
        continue
    assert not FeatureWork.objects.filter(finished_at=None).exists()
    assert "The days of edit" not in shown(page, reverse("features"))
