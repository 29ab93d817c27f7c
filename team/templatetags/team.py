"""What the log-in page and the settings' frame need to know."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template import Library
from django.urls import reverse
from django.utils.translation import gettext as _

from team.models import Role, User
from team.selectors.install import DEMO_PASSWORD
from team.selectors.install import demo_people as read_demo_people

register = Library()


@dataclass(frozen=True)
class DemoPerson:
    email: str
    name: str
    title: str
    password: str


@register.simple_tag
def demo_people() -> Sequence[DemoPerson]:
    """The log-ins that the log-in page offers; empty outside of demo mode."""
    return [
        DemoPerson(email=person.email, name=person.name, title=person.title, password=DEMO_PASSWORD)
        for person in read_demo_people()
    ]


@dataclass(frozen=True)
class Section:
    name: str  # URL name
    label: str
    icon: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Group:
    label: str
    sections: list[Section]


@register.simple_tag
def settings_sections(user: User, current: str) -> list[Group]:
    """The section list at the left of the settings; a role sees only what it may open."""
    mine = [
        ("profile", _("Profile"), "user"),
        ("security", _("Sign-in"), "lock"),
        ("notice_way", _("Notices"), "bell"),
        ("absences", _("Absences"), "calendar"),
        *((name, str(words), icon) for name, words, icon in settings.OWN_SETTINGS_SECTIONS),
        ("api_keys", _("API keys"), "key"),
        ("recent", _("Recent changes"), "undo-2"),
    ]
    vendor = [
        ("people", _("People"), "users"),
        ("departments", _("Departments"), "building-2"),
        ("company", _("Company"), "globe"),
        *((name, str(words), icon) for name, words, icon in settings.SETTINGS_SECTIONS),
    ]
    shared = [("audit", _("Audit"), "history")]
    groups = [(_("You"), mine)]
    if user.role == Role.ADMIN:
        groups.append((_("Company"), vendor + shared))
    elif user.role == Role.MANAGER:
        groups.append((_("Company"), shared))
    return [
        Group(
            label=label,
            sections=[Section(name, text, icon, reverse(name), name == current) for name, text, icon in items],
        )
        for label, items in groups
    ]


@register.filter
def label_of(model: object, field: str) -> str:
    """The words of a choice: `person|label_of:"role"`."""
    return str(getattr(model, f"get_{field}_display")())
