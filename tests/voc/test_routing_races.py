"""Every piece of feedback is routed, joined, or listed as unrouted, whoever delivers it and however often."""

import pytest
from django.db import connection, transaction
from django.db.models import Count
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import Account, AccountChange
from lifecycle.models import Trigger
from team.models import Notice, User
from tests.makers import make_account, make_department, make_user
from tests.team.racing import at_once
from tests.voc.makers import make_feedback
from tests.voc.makers_routing import ask, make_rule
from voc.models import Feedback, FeedbackTheme, Insight, InsightFeedback, Theme
from voc.models.feedback import FeedbackQuerySet
from voc.models.insights import InsightQuerySet
from voc.selectors.placement import count_placement
from voc.services.insights import decline_insight
from voc.services.routing import place, route_feedback

WORKERS = 8
TEXTS = (
    "The export drops every filter that I set before.",
    "The monthly export loses all of my columns again.",
    "Nobody called back about the invoice of last month.",
    "The price went up and nobody told us about it first.",
    "Thanks",
)


class Voices(RuleBasedStateMachine):
    """Feedback comes in and is delivered by eight workers at once, again and again; people decide in between."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[int] = []

    @initialize()
    def begin(self) -> None:
        self.boss = User.objects.get(email="boss@vendor.example")
        self.accounts = [make_account(), make_account()]
        self.themes = list(Theme.objects.filter(slug__startswith="race-").order_by("pk"))

    @rule(
        texts=st.lists(
            st.tuples(st.sampled_from(TEXTS), st.integers(0, 1), st.integers(0, 2), st.integers(0, 10)),
            min_size=1,
            max_size=3,
        )
    )
    def say(self, texts: list[tuple[str, int, int, int]]) -> None:
        """Several people say something; all workers hear all of it."""
        for text, account, theme, score in texts:
            piece = make_feedback(self.accounts[account], text, score=score)
            if theme < len(self.themes):
                FeedbackTheme.objects.create(feedback=piece, theme=self.themes[theme])
            self.said.append(piece.pk)
        self._deliver()

    @rule()
    def deliver_again(self) -> None:
        """The queue repeats itself."""
        self._deliver()

    @rule(pick=st.integers(0, 50))
    def decide(self, pick: int) -> None:
        """A department closes one: what is said then is news."""
        if found := list(self._insights().open().order_by("pk")):
            decline_insight(actor=self.boss, insight=found[pick % len(found)], reason="Not now")

    @rule(pick=st.integers(0, 50))
    def put_by_hand(self, pick: int) -> None:
        """Somebody takes one out of the inbox, twice at once."""
        if lone := list(self._feedback().filter(quoted_in__isnull=True).order_by("pk")):
            piece, department = lone[pick % len(lone)], make_department("sales")
            got = at_once(2, lambda: place(feedback=piece, department=department, theme=None).pk)
            assert len(set(got)) == 1

    @invariant()
    def the_three_counts_add_up_to_all(self) -> None:
        counts = count_placement(self._feedback())
        assert counts.all == len(self.said)
        assert counts.adds_up
        # Listed: in the inbox for somebody to look at, or praise that is done.
        lone = self._feedback().filter(quoted_in__isnull=True)
        praise = lone.filter(is_handled=True)
        assert counts.waiting == self._feedback().unrouted().count()
        assert all((piece.score or 0) >= 9 for piece in praise)

    @invariant()
    def each_piece_is_in_one_insight_and_each_repeat_joined_once(self) -> None:
        for insight in self._insights().annotate(quoted=Count("quotes")):
            assert insight.mentions == insight.quoted  # type: ignore[attr-defined]
            said = insight.steps.filter(text__in=["Said again"]).count()
            assert said == insight.mentions - 1

    @invariant()
    def one_open_insight_per_account_theme_and_department(self) -> None:
        themed = self._insights().open().filter(theme__isnull=False)
        groups = themed.order_by().values("account", "theme", "department").annotate(n=Count("pk"))
        assert all(group["n"] == 1 for group in groups)

    @invariant()
    def no_notice_and_no_trigger_twice(self) -> None:
        insights = self._insights()
        urls = {f"/insights/{insight.pk}/" for insight in insights}
        members = 2
        new = Notice.objects.filter(url__in=urls, text__startswith="New insight")
        in_product = insights.filter(department__slug="product").count()
        assert new.count() == members * in_product
        keys = Trigger.objects.filter(account__in=[one.pk for one in self._accounts()], kind="insight")
        assert keys.count() == keys.values("key").distinct().count()

    def _deliver(self) -> None:
        pieces = list(self._feedback().order_by("pk"))

        def work() -> int:
            for piece in pieces:
                route_feedback(feedback=Feedback.objects.select_related("account").get(pk=piece.pk))
            return len(pieces)

        results = at_once(WORKERS, work)
        assert not [one for one in results if isinstance(one, Exception)], results

    def _accounts(self) -> list[Account]:
        return getattr(self, "accounts", [])

    def _feedback(self) -> FeedbackQuerySet:
        return Feedback.objects.filter(account__in=[one.pk for one in self._accounts()])

    def _insights(self) -> InsightQuerySet:
        return Insight.objects.filter(account__in=[one.pk for one in self._accounts()])


@pytest.mark.django_db(transaction=True)
def test_eight_workers_and_repeated_delivery_lose_nothing_and_double_nothing() -> None:
    make_user(email="boss@vendor.example", role="manager")
    make_department("product", members=(make_user(role="member"), make_user(role="member")))
    for number, department in enumerate(["product", "success"]):
        slug = f"race-{number}"
        Theme.objects.create(slug=slug, name=slug)
        make_rule(slug, department=department, match=[ask("feedback.theme", "in", [slug])])
    run_state_machine_as_test(
        Voices,
        settings=settings(
            max_examples=4,
            stateful_step_count=4,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    assert InsightFeedback.objects.exists()
    assert connection.is_usable()


@pytest.mark.django_db(transaction=True)
def test_what_only_refers_to_the_account_does_not_wait_for_routing() -> None:
    """References are checked at the commit: it must not wait for who waits for a row of that very transaction."""
    piece = make_feedback(make_account(), TEXTS[0], score=3)
    other = connection.copy()
    try:
        with transaction.atomic():
            place(feedback=piece, department=make_department("product"), theme=None)
            with other.cursor() as cursor:
                cursor.execute("SET lock_timeout TO '1s'")
                mark = "INSERT INTO accounts_accountchange (account_id, reason, marked_at) VALUES (%s, 'said', now())"
                cursor.execute(mark, [piece.account_id])
    finally:
        other.close()
    assert AccountChange.objects.filter(reason="said").exists()
