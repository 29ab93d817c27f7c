"""Watching an insight and talking about it: who hears, who never does, and the own words taken back."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from team.clock import today
from team.models import Notice, User
from team.services.undo import undo_action
from tests.makers import make_account, make_department, make_user
from tests.voc.makers import make_insight
from voc.models import Insight, InsightComment, InsightRead, InsightWatch
from voc.selectors.talk import mentioned_in, people_who_may_see
from voc.services.insights import accept_insight
from voc.services.talk import add_comment, edit_comment, note_read, remove_comment, watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> User:
    person = make_user(name="Ann Lee", email="ann@vendor.example", role="member")
    make_department("product", members=(person,))
    return person


def heard(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user).exclude(text__startswith="New insight").values_list("text", flat=True))


def test_a_mention_makes_a_watcher_who_hears_of_every_step(csm: User, member: User, stranger: User) -> None:
    insight = make_insight(make_account(csm=csm))
    stranger.name = "Zoe"
    stranger.save()
    add_comment(author=csm, insight=insight, text="What do you think, @ann lee? And @zoe, and @nobody?")
    assert set(InsightWatch.objects.values_list("user", flat=True)) == {csm.pk, member.pk}
    assert len(heard(member)) == 1
    assert "mentions you" in heard(member)[0]
    assert heard(stranger) == []
    accept_insight(actor=member, insight=insight, promise="Next release", promised_on=today())
    assert any("Next release" in text for text in heard(csm))
    assert len(heard(member)) == 1

    comment = add_comment(author=member, insight=insight, text="Done by Friday.")
    assert any("Done by Friday" in text for text in heard(csm))
    edit_comment(actor=member, comment=comment, text=f"Done by Friday, @{csm.email}.")
    assert sum("mentions you" in text for text in heard(csm)) == 1
    edit_comment(actor=member, comment=comment, text=f"Done by Monday, @{csm.email}.")
    assert sum("mentions you" in text for text in heard(csm)) == 1


def test_who_lost_sight_of_it_hears_nothing_more(csm: User, member: User, stranger: User) -> None:
    insight = make_insight(make_account(csm=csm))
    with pytest.raises(PermissionDenied):
        watch(user=stranger, insight=insight)
    assert watch(user=member, insight=insight)
    assert not watch(user=member, insight=insight)
    member.memberships.all().delete()
    add_comment(author=csm, insight=insight, text="Among us.")
    accept_insight(actor=csm, insight=insight, promise="Soon", promised_on=today())
    assert heard(member) == []


def test_names_mean_one_person_or_nobody(member: User, manager: User) -> None:
    other = make_user(name="Ann Young", email="young@vendor.example")
    people = [member, other, manager]
    assert mentioned_in("@ann", people) == []
    assert mentioned_in("@Ann Young and @ann@vendor.example", people) == [other, member]
    assert mentioned_in("mail ann@vendor.example to @youngster", people) == []


def test_whom_one_may_name_are_those_who_see_it(csm: User, member: User, stranger: User, manager: User) -> None:
    insight = make_insight(make_account(csm=csm))
    people = people_who_may_see(insight)
    assert {csm, member, manager} <= set(people)
    assert stranger not in people
    assert all(Insight.objects.visible_to(one).filter(pk=insight.pk).exists() for one in people)


def test_only_the_own_remark_is_changed_or_removed_and_comes_back(csm: User, member: User) -> None:
    insight = make_insight(make_account(csm=csm))
    comment = add_comment(author=csm, insight=insight, text="Too early.")
    for act in (lambda: edit_comment(actor=member, comment=comment, text="x"),
                lambda: remove_comment(actor=member, comment=comment)):  # fmt: skip
        with pytest.raises(PermissionDenied):
            act()
    action = remove_comment(actor=csm, comment=comment)
    assert action is not None
    assert remove_comment(actor=csm, comment=comment) is None
    client = Client()
    client.force_login(member)
    assert "Too early" not in client.get(f"/insights/{insight.pk}/").content.decode()
    assert undo_action(actor=csm, action=action)
    page = client.get(f"/insights/{insight.pk}/").content.decode()
    assert "Too early" in page
    assert f"/comments/{comment.pk}/remove/" not in page


def test_a_remark_on_the_page_is_text_and_nothing_else(csm: User, member: User) -> None:
    insight = make_insight(make_account(csm=csm))
    client = Client()
    client.force_login(member)
    path = f"/insights/{insight.pk}/comments/"
    assert client.post(path, {"text": "<script>alert(1)</script> @" + csm.email}).status_code == 302
    page = client.get(f"/insights/{insight.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert InsightComment.objects.get().mentions.get() == csm
    client.post(path, {"text": "  "})
    assert InsightComment.objects.count() == 1


def test_the_first_look_counts_once_and_a_guess_of_the_browser_never(csm: User, member: User) -> None:
    insight = make_insight(make_account(csm=csm))
    client = Client()
    client.force_login(member)
    client.get(f"/insights/{insight.pk}/", headers={"Sec-Purpose": "prefetch"})
    assert not InsightRead.objects.exists()
    client.get(f"/insights/{insight.pk}/peek/")
    first = InsightRead.objects.get().read_at
    client.get(f"/insights/{insight.pk}/")
    note_read(user=member, insight=insight)
    assert InsightRead.objects.get().read_at == first
