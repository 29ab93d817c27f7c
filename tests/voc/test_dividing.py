"""Two insights that are one, one that is two, and the ways back; words that a colleague brings."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AccountGrant
from team.clock import today
from team.models import User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_contact, make_department, make_user
from tests.voc.makers import make_feedback, make_insight
from voc.models import Feedback, Insight, Theme
from voc.selectors.insight_quotes import splittable
from voc.services.behalf import add_on_behalf
from voc.services.dividing import merge_insight, split_insight
from voc.services.insights import NotAllowedNow, accept_insight, decline_insight
from voc.services.routing import mention, place, route_feedback

pytestmark = pytest.mark.django_db


def fresh(insight: Insight) -> Insight:
    return Insight.objects.select_related("department", "account").get(pk=insight.pk)


def test_a_merge_is_taken_back_and_both_keep_the_history(csm: User, manager: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    gone, stays = make_insight(account, base_priority=1), make_insight(other, text="Exports fail.")
    action = merge_insight(actor=manager, insight=fresh(gone), into=stays)
    later = make_feedback(other, "Said after the merge")
    mention(insight=fresh(stays), feedback=later, actor=None)
    assert (fresh(stays).mentions, fresh(stays).base_priority) == (3, 1)
    assert AccountGrant.objects.filter(account=account, source_ref=f"insight:{stays.pk}").exists()

    assert undo_action(actor=manager, action=action)
    gone, stays = fresh(gone), fresh(stays)
    assert (gone.state, gone.merged_into, gone.mentions, gone.decided_at) == ("new", None, 1, None)
    assert (stays.mentions, stays.base_priority, stays.quotes.count()) == (2, 3, 2)
    assert not AccountGrant.objects.filter(account=account, source_ref=f"insight:{stays.pk}").exists()
    assert gone.steps.last().text == "The merge was taken back"  # type: ignore[union-attr]
    assert not undo_action(actor=manager, action=action)


def test_a_merge_stays_when_the_other_was_closed_or_the_same_waits_again(csm: User, manager: User) -> None:
    account = make_account(csm=csm)
    gone, stays = make_insight(account), make_insight(account, theme="bugs")
    action = merge_insight(actor=manager, insight=gone, into=stays)
    make_insight(account, text="Clicks, again.")
    with pytest.raises(CannotUndo, match="waits by itself"):
        undo_action(actor=manager, action=action)
    Insight.objects.filter(theme=gone.theme, state="new").delete()
    decline_insight(actor=manager, insight=fresh(stays), reason="No")
    with pytest.raises(CannotUndo, match="closed"):
        undo_action(actor=manager, action=action)


def test_chosen_words_and_their_repeats_become_an_insight_of_their_own(csm: User, manager: User) -> None:
    account = make_account(csm=csm)
    insight = make_insight(account, text="The export drops the filters, call +45 12 34 56 78.")
    other = make_feedback(account, "And the invoice was wrong, too.")
    again = make_feedback(account, "And the invoice was wrong, too!", duplicate_of=other)
    for one in (other, again):
        mention(insight=insight, feedback=one, actor=None)
    bugs = Theme.objects.create(slug="bugs", name="Bugs")

    made = split_insight(actor=manager, insight=insight, feedback_ids=[other.pk], theme=bugs)
    insight = fresh(insight)
    assert (made.title, made.mentions, made.department, made.theme) == (
        "And the invoice was wrong, too", 2, insight.department, bugs,
    )  # fmt: skip
    assert set(made.feedback.all()) == {other, again}
    assert made.due_at == insight.due_at
    assert (insight.mentions, insight.quotes.count()) == (1, 1)
    assert made.steps.last().text == f"Split off from “{insight.title}”"  # type: ignore[union-attr]
    assert insight.steps.last().text == f"Split off “{made.title}”"  # type: ignore[union-attr]
    assert AccountGrant.objects.filter(source_ref=f"insight:{made.pk}", account=account).exists()
    with pytest.raises(NotAllowedNow, match="has to stay"):
        split_insight(actor=manager, insight=insight, feedback_ids=list(insight.feedback.values_list("pk", flat=True)))
    with pytest.raises(NotAllowedNow, match="Choose what"):
        split_insight(actor=manager, insight=insight, feedback_ids=[other.pk])


def test_nobody_splits_off_words_that_they_cannot_read(csm: User, stranger: User, manager: User) -> None:
    mine, theirs = (
        make_insight(make_account(csm=csm)),
        make_insight(make_account(csm=stranger), text="A secret merger."),
    )
    merge_insight(actor=manager, insight=mine, into=theirs)
    make_department("product", members=(csm,))
    AccountGrant.objects.filter(account=theirs.account).delete()
    hidden = Feedback.objects.get(text="A secret merger.")
    taken_in = fresh(theirs)
    Insight.objects.filter(pk=theirs.pk).update(account=mine.account)
    taken_in.refresh_from_db()
    assert [pk for pk, _words in splittable(insight=taken_in, user=csm)] == [
        pk for pk in taken_in.feedback.values_list("pk", flat=True) if pk != hidden.pk
    ]
    with pytest.raises(NotAllowedNow):
        split_insight(actor=csm, insight=taken_in, feedback_ids=[hidden.pk])


def test_words_on_a_customers_behalf_join_here_or_that_customers_own(csm: User, stranger: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    insight = make_insight(account)
    speaker = make_contact(other)
    feedback, joined = add_on_behalf(
        actor=csm, insight=insight, account=account, contact=None, text="Told me on the phone."
    )
    assert (joined, fresh(insight).mentions, feedback.source) == (insight, 2, "manual")
    assert route_feedback(feedback=feedback) is None
    _feedback, made = add_on_behalf(
        actor=csm, insight=insight, account=other, contact=speaker, text="We have that too."
    )
    assert (made.account, made.theme, made.department) == (other, insight.theme, insight.department)
    _feedback, twin = add_on_behalf(actor=csm, insight=insight, account=other, contact=speaker, text="Still so.")
    assert twin == made
    with pytest.raises(NotAllowedNow, match="another account"):
        add_on_behalf(actor=csm, insight=insight, account=account, contact=speaker, text="x")
    with pytest.raises(PermissionDenied):
        add_on_behalf(actor=csm, insight=insight, account=make_account(csm=stranger), contact=None, text="x")
    with pytest.raises(PermissionDenied):
        add_on_behalf(actor=stranger, insight=insight, account=account, contact=None, text="x")


def test_what_is_promised_already_takes_in_more_and_closed_ones_open_anew(csm: User) -> None:
    account = make_account(csm=csm)
    insight = make_insight(account)
    make_department("product", members=(make_user(role="member"),))
    accept_insight(actor=csm, insight=insight, promise="Soon", promised_on=today())
    assert add_on_behalf(actor=csm, insight=insight, account=account, contact=None, text="More of it.")[1] == insight
    Insight.objects.filter(pk=insight.pk).update(state="verified")
    anew = place(feedback=make_feedback(account, "It is back."), department=insight.department, theme=insight.theme)
    assert anew != insight
    assert add_on_behalf(actor=csm, insight=insight, account=account, contact=None, text="Back here, too.")[1] == anew
