"""What the alarms of a demo world are held against: what was planted, account by account."""

from collections import Counter

from accounts.models import Account
from engagement.models import Risk, RiskKind, SayDo
from workspace.demo.stories import STORIES
from workspace.demo.world import MadeWorld

# Of the accounts without a story.
MOST_FALSE = 0.05


def check_stories() -> None:
    """Every story is found by its risks and stands in its field; the advocate has no risk at all."""
    accounts = Account.objects.order_by("pk")[: len(STORIES)]
    for story, account in zip(STORIES, accounts, strict=True):
        found = set(Risk.objects.open().filter(account=account).values_list("kind", flat=True))
        assert set(story.risks) <= found, (story.slug, found)
        assert story.risks or not found, (story.slug, found)
        assert SayDo.objects.get(account=account).field == story.field, story.slug


def check_false_alarms(world: MadeWorld) -> None:
    """An alarm is false when its kind was not planted on an account without a story. Prints the share per kind.

    Under 5 % of those accounts have any false alarm, of whatever kind; and most alarms are true.
    """
    raised: Counter[str] = Counter()
    false: Counter[str] = Counter()
    troubled: set[int] = set()
    for account_id, kind in Risk.objects.open().filter(account__in=world.planted).values_list("account", "kind"):
        raised[kind] += 1
        if kind not in world.planted[account_id]:
            false[kind] += 1
            troubled.add(account_id)
    for kind in RiskKind.values:
        share = false[kind] / len(world.planted)
        print(  # noqa: T201 the share per kind is asked for
            f"{kind}: {raised[kind]} alarms, {false[kind]} false, {share:.1%} of {len(world.planted)} accounts"
        )
    print(f"any false alarm: {len(troubled)} accounts, {len(troubled) / len(world.planted):.1%}")  # noqa: T201
    assert len(troubled) < MOST_FALSE * len(world.planted), false
    assert raised.total() > 20, "a world without alarms proves nothing"
