"""Whatever is said, merged, split, taken out and taken back: each piece is in one place, and the counts add up."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_user
from tests.voc.makers import make_feedback
from tests.voc.makers_routing import ask, make_rule
from voc.models import Feedback, FeedbackTheme, Insight, Theme
from voc.services.dividing import merge_insight, split_insight
from voc.services.inbox.handling import send_to_department, take_out
from voc.services.insights import NotAllowedNow, Overtaken
from voc.services.routing import Unroutable, route_feedback

THEMES = ("pricing", "bugs")
STEP = st.tuples(
    st.sampled_from(["say", "say", "again", "merge", "split", "take out", "undo", "by hand"]), st.integers(0, 50)
)


def world() -> tuple[User, list[Account]]:
    """Two accounts, two themes, a rule for one of them."""
    manager = make_user(role="manager")
    for slug in THEMES:
        Theme.objects.get_or_create(slug=slug, defaults={"name": slug})
    make_rule("Bugs", "product", match=[ask("feedback.theme", "eq", "bugs")])
    return manager, [make_account(csm=manager) for _turn in range(2)]


def pick(rows: list[Insight], number: int) -> Insight | None:
    return rows[number % len(rows)] if rows else None


def say(accounts: list[Account], number: int, *, again: bool) -> None:
    """A piece on one of the themes or none; the same words when it is said again."""
    text = "The export drops the filters each time." if again else f"Something new, number {Feedback.objects.count()}"
    feedback = make_feedback(accounts[number % 2], text, score=number % 11)
    if number % 3:
        FeedbackTheme.objects.create(feedback=feedback, theme=Theme.objects.get(slug=THEMES[number % 2]))
    route_feedback(feedback=feedback)
    route_feedback(feedback=feedback)


def act(manager: User, accounts: list[Account], what: str, number: int) -> None:
    insights = list(Insight.objects.open().order_by("pk"))
    one = pick(insights, number)
    if what in {"say", "again"}:
        say(accounts, number, again=what == "again")
    elif what == "merge" and one is not None and len(insights) > 1:
        merge_insight(actor=manager, insight=one, into=insights[(number + 1) % len(insights)])
    elif what == "split" and one is not None:
        split_insight(actor=manager, insight=one, feedback_ids=list(one.feedback.values_list("pk", flat=True)[:1]))
    elif what == "take out" and one is not None:
        take_out(feedback=one.feedback.order_by("pk")[0], actor=manager)
    elif what == "by hand":
        waiting = list(Feedback.objects.filter(quoted_in__isnull=True, duplicate_of__isnull=True)[:1])
        rule_department = make_rule("By hand", "sales", is_active=False).department
        send_to_department(actor=manager, feedback=waiting, department=rule_department, theme=None)
    elif what == "undo":
        action = ActionLog.objects.open().filter(actor=manager).order_by("-pk").first()
        if action is not None:
            undo_action(actor=manager, action=action)


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, min_size=3, max_size=14))
def test_each_piece_is_routed_joined_or_waits_and_mentions_are_quotes(steps: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        manager, accounts = world()
        for what, number in steps:
            try:
                with transaction.atomic():
                    act(manager, accounts, what, number)
            except (NotAllowedNow, Overtaken, CannotUndo, Unroutable):
                continue
        for insight in Insight.objects.all():
            number = insight.quotes.count()
            if insight.state == Insight.State.MERGED:
                assert number == 0
            else:
                assert insight.mentions == max(1, number), (insight, insight.mentions, number)
        pieces = Feedback.objects.all()
        routed = pieces.filter(quoted_in__isnull=False).count()
        joined = pieces.filter(quoted_in__isnull=True, duplicate_of__isnull=False).count()
        waits = pieces.filter(quoted_in__isnull=True, duplicate_of__isnull=True).count()
        assert routed + joined + waits == pieces.count()
        assert not pieces.filter(quoted_in__isnull=False, is_handled=False).exists()
        assert not pieces.filter(
            quoted_in__isnull=True, duplicate_of__isnull=True, is_handled=True, score__lt=9
        ).exists()
        transaction.set_rollback(True)
