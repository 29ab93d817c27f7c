"""Who hears of it: marketing, the account's CSM, and the grants by which marketing sees the account."""

import datetime as dt

from accounts.models import AccountGrant
from team.models import Department, User
from team.services.notices import notify
from voc.models.advocacy import MARKETING


def marketing() -> Department | None:
    """The department, where the install has one."""
    return Department.objects.filter(slug=MARKETING).select_related("lead").first()


def leads_of(department: Department | None) -> list[User]:
    """The lead of marketing; where nobody leads, its members. Up to two queries."""
    if department is None:
        return []
    if department.lead is not None and department.lead.is_active:
        return [department.lead]
    return members_of(department)


def members_of(department: Department | None) -> list[User]:
    """Everybody in marketing who works here."""
    if department is None:
        return []
    return list(User.objects.filter(memberships__department=department, is_active=True).order_by("pk"))


def tell(people: list[User | None], *, text: str, url: str, key: str, but: User | None = None) -> int:
    """One line for each of them, once per key; whoever did it needs none. Returns how many are new."""
    chosen = {person.pk: person for person in people if person is not None and person != but and person.is_active}
    return sum(notify(user=person, kind="advocacy", text=text, url=url, dedupe_key=key) for person in chosen.values())


def grant_marketing(*, account_id: int, ref: str, reason: str, until: dt.date | None) -> None:
    """Marketing sees the account whose word it asked for, or whose story it tells; this row says why."""
    department = marketing()
    if department is not None:
        AccountGrant.objects.update_or_create(
            account_id=account_id,
            department=department,
            source_ref=ref,
            defaults={"reason": reason[:200], "until": until},
        )
