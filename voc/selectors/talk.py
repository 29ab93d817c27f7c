"""What colleagues say about an insight, who watches it, and whom one may mention."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from accounts.models import Account
from team.models import Role, User
from voc.models import Insight, InsightComment

SHOWN = 100
_MENTION = re.compile(r"(?<!\w)@(?=\w)")


@dataclass(frozen=True)
class Talk:
    """The remarks, oldest first (the newest hundred), who watches, and whether the reader does."""

    comments: list[InsightComment]
    watchers: list[User]
    is_watching: bool


def read_talk(*, insight: Insight, user: User) -> Talk:
    """Two queries."""
    rows = insight.comments.filter(removed_at__isnull=True).select_related("author").order_by("-created_at", "-pk")
    watchers = list(User.objects.filter(pk__in=insight.watches.values("user"), is_active=True).order_by("name"))
    return Talk(list(rows[:SHOWN])[::-1], watchers, any(one.pk == user.pk for one in watchers))


def can_see(user: User, insight: Insight) -> bool:
    """SECURITY: the one question behind mentions, watches and notices."""
    return Insight.objects.visible_to(user).filter(pk=insight.pk).exists()


def people_who_may_see(insight: Insight) -> list[User]:
    """Colleagues whom a remark may name, by name; `can_see` is asked again before anybody hears of it. Two queries.

    Those who see everything, the department, and whoever works on the account's book.
    """
    account = Account.everything.filter(pk=insight.account_id).values_list("csm", flat=True)
    csms = Q(role=Role.CSM) if settings.CSM_SEES_ALL_ACCOUNTS else Q(pk__in=account)
    seeing = Q(role__in=[Role.ADMIN, Role.MANAGER, Role.VIEWER]) | csms
    named = User.objects.filter(is_active=True)
    return list(named.filter(seeing | Q(memberships__department=insight.department_id)).distinct().order_by("name"))


def mentioned_in(text: str, people: Iterable[User]) -> list[User]:
    """Whom `@Full Name`, `@first name` (where one alone has it) or `@address` in a text means; the longest fits."""
    names: dict[str, User | None] = {}
    for person in people:
        full, mail = person.name.casefold(), person.email.casefold()
        for word in {full, mail, mail.partition("@")[0], full.split(" ", maxsplit=1)[0]}:
            if word:
                # A name of two means nobody, rather than the wrong one.
                names[word] = person if word not in names or names[word] == person else None
    by_length = sorted(names, key=len, reverse=True)
    said = text.casefold()
    found: list[User] = []
    for mark in _MENTION.finditer(said):
        rest = said[mark.end() :]
        fits = (one for one in by_length if rest.startswith(one) and not rest[len(one) :][:1].isalnum())
        named = names.get(next(fits, ""))
        if named is not None and named not in found:
            found.append(named)
    return found
