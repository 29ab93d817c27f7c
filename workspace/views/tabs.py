"""The tabs of the account page."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from team.models import User

TABS: tuple[tuple[str, str, str | Promise], ...] = (
    ("overview", "account", _("Overview")),
    ("timeline", "account_timeline", _("Timeline")),
    ("people", "account_people", _("People")),
    ("plan", "account_plan", _("Plan")),
    ("usage", "account_usage", _("Usage")),
    ("voice", "account_voice", _("Voice")),
    ("commercial", "account_commercial", _("Commercial")),
)


@dataclass(frozen=True, slots=True)
class Tab:
    slug: str
    label: str | Promise
    url: str
    key: str
    is_current: bool


def tabs_of(account: Account, user: User, current: str) -> list[Tab]:
    """The tabs that the user may open; sums stand in Commercial, so department members have none."""
    shown = [row for row in TABS if row[0] != "commercial" or user.role != "member"]
    return [
        Tab(slug, label, reverse(name, args=[account.pk]), str(number), slug == current)
        for number, (slug, name, label) in enumerate(shown, start=1)
    ]
