"""The people pages: who is here, who was invited, where somebody is signed in."""

import datetime as dt
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from team.models import Department, StaffInvitation, User
from team.models.people import UserQuerySet


def list_people() -> UserQuerySet:
    """Everybody with departments and whether they have a second factor (two queries)."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return User.objects.by_name().with_departments().annotate(has_factor=Exists(factors))


def list_invitations() -> QuerySet[StaffInvitation]:
    """Open invitations, newest first; expired ones stay until they are withdrawn or sent again."""
    return StaffInvitation.objects.open().select_related("invited_by").order_by("-created_at")


def list_departments() -> QuerySet[Department]:
    """All departments with lead and number of people."""
    return Department.objects.select_related("lead").annotate(size=Count("memberships")).order_by("name")


@dataclass(frozen=True)
class SignedIn:
    """One browser in which a person is signed in."""

    pk: int
    address: str
    browser: str
    since: dt.datetime
    is_this_one: bool


def list_sessions(*, user: User, session_key: str | None) -> list[SignedIn]:
    """Where the person is signed in now, this browser first."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows = UserSession.objects.filter(user=user, session_key__in=live).order_by("-created_at")
    found = [
        SignedIn(
            pk=row.pk,
            address=str(row.ip),
            browser=name_browser(row.user_agent),
            since=row.created_at,
            is_this_one=row.session_key == session_key,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.is_this_one)


def name_browser(agent: str) -> str:
    """Browser and system in words from a User-Agent; "" when it says nothing known."""
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    words = [next((name for mark, name in known if mark in agent), "") for known in (browsers, systems)]
    return " · ".join(word for word in words if word)
