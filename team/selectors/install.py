"""Facts of the installation and of the signed-in person that the frame of every page needs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from team.models import Install, Notice, SavedView, User

# The demo's people in the order of the log-in page.
DEMO_DOMAIN = "example.com"
DEMO_PASSWORD = "perennial"  # noqa: S105 - SECURITY: public on purpose; such users exist in demo mode only


def read_install() -> Install:
    """The install's settings; defaults while the row is missing (a fresh database)."""
    return Install.objects.filter(pk=1).first() or Install(pk=1)


def brand_of(request: HttpRequest) -> str:
    """The vendor's name for the frame; taken from the request's own copy when the middleware has read it."""
    install: Install = getattr(request, "install", None) or read_install()
    return install.company


# The install's row as the running request read it, so that a page full of sums asks once; None outside of requests.
_of_this_request: ContextVar[list[Install] | None] = ContextVar("install_of_this_request", default=None)


@contextmanager
def one_install_per_request() -> Iterator[None]:
    """Within it `install_of_request` reads the row at most once."""
    token = _of_this_request.set([])
    try:
        yield
    finally:
        _of_this_request.reset(token)


def install_of_request() -> Install:
    """The install's settings; within a request read once, in workers and tests each time."""
    kept = _of_this_request.get()
    if kept:
        return kept[0]
    install = read_install()
    if kept is not None:
        kept.append(install)
    return install


def currency() -> str:
    """The currency of sums that name none."""
    return install_of_request().currency


def has_mfa(user: User) -> bool:
    """Whether the person has a second factor that can be asked for."""
    return bool(Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def demo_people() -> Sequence[User]:
    """Who the log-in page offers: nobody unless demo mode is on and the data is the demo's."""
    if not settings.DEMO_MODE or not read_install().is_demo:
        return []
    return list(User.objects.active().filter(email__endswith=f"@{DEMO_DOMAIN}").order_by("pk")[:12])


@dataclass(frozen=True)
class SidebarView:
    label: str
    url: str
    count: int | None = None


def sidebar_views(user: User) -> list[SidebarView]:
    """The person's starred views; those of lists that are gone are left out."""
    found = []
    for view in SavedView.objects.starred_by(user)[:12]:
        try:
            address = reverse(view.list_name)
        except NoReverseMatch:
            continue
        found.append(SidebarView(label=view.name, url=f"{address}?{view.query}" if view.query else address))
    return found


def inbox_count(user: User) -> int:
    """Unread lines in the person's inbox (a partial index holds the unread ones of each person)."""
    return Notice.objects.visible_to(user).waiting(timezone.now()).count()
