"""Facts of the installation and of the signed-in person that the frame of every page needs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from team.clock import today
from team.models import Absence, DepartmentMember, Install, Notice, SavedView, User

SHOWN_VIEWS = 12
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


@dataclass(frozen=True)
class SidebarView:
    label: str
    url: str
    count: int | None = None


@dataclass(frozen=True)
class Frame:
    """What one request has read already: the install, and of the person what their frame shows."""

    install: Install
    user_id: int | None = None
    unread: int = 0
    starred: Sequence[dict[str, str]] = ()


# What the running request read, so that a page full of sums asks once; None outside of requests.
_of_this_request: ContextVar[list[Frame] | None] = ContextVar("frame_of_this_request", default=None)


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
        return kept[0].install
    install = read_install()
    if kept is not None:
        kept.append(Frame(install))
    return install


def read_frame(user: User) -> Install:
    """The install's settings; with them, in one query, all that the frame and the access rules ask of the person.

    For requests that only read: one that writes would show what was there before it. Within
    `one_install_per_request`; a database without the install's row answers with defaults and asks later, piecemeal.
    """
    kept, day = _of_this_request.get(), today()
    away = Absence.objects.filter(deputy=user, starts_on__lte=day, ends_on__gte=day)
    waiting = Notice.objects.visible_to(user).waiting(timezone.now()).order_by().values("user")
    starred = SavedView.objects.starred_by(user)[:SHOWN_VIEWS]
    found = (
        Install.objects.filter(pk=1)
        .annotate(
            stands_in_for=ArraySubquery(away.order_by("pk").values("user_id")),
            belongs_to=ArraySubquery(DepartmentMember.objects.filter(user=user).order_by("pk").values("department_id")),
            unread=Coalesce(Subquery(waiting.annotate(number=Count("pk")).values("number")), 0),
            starred=ArraySubquery(starred.values(view=JSONObject(name="name", list_name="list_name", query="query"))),
        )
        .first()
    )
    if kept is None:
        return found or Install(pk=1)
    if found is None:
        kept.append(Frame(Install(pk=1)))
        return kept[0].install
    user.remember(stands_in_for=found.stands_in_for, department_ids=found.belongs_to)
    kept.append(Frame(found, user.pk, found.unread, found.starred))
    return found


def _frame_of(user: User) -> Frame | None:
    kept = _of_this_request.get()
    return kept[0] if kept and kept[0].user_id == user.pk else None


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


def sidebar_views(user: User) -> list[SidebarView]:
    """The person's starred views; those of lists that are gone are left out."""
    frame = _frame_of(user)
    rows = SavedView.objects.starred_by(user).values("name", "list_name", "query")[:SHOWN_VIEWS]
    found = []
    for view in rows if frame is None else frame.starred:
        try:
            address = reverse(view["list_name"])
        except NoReverseMatch:
            continue
        found.append(SidebarView(label=view["name"], url=f"{address}?{view['query']}" if view["query"] else address))
    return found


def inbox_count(user: User) -> int:
    """Unread lines in the person's inbox (a partial index holds the unread ones of each person)."""
    frame = _frame_of(user)
    return Notice.objects.visible_to(user).waiting(timezone.now()).count() if frame is None else frame.unread
