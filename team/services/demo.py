"""The demo's people; they exist in demo mode only."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from team.models import Department, Install, Role, User
from team.selectors.install import DEMO_DOMAIN, DEMO_PASSWORD
from team.services.departments import ensure_departments
from team.services.install import ensure_install

# Log-in, name, role, job title, departments, those that they lead in capitals.
DemoPerson = tuple[str, str, str, str, tuple[str, ...]]
PEOPLE: tuple[DemoPerson, ...] = (
    ("admin", "Alex Morgan", Role.ADMIN, "Head of Operations", ()),
    ("manager", "Mia Hansen", Role.MANAGER, "Director of Customer Success", ("SUCCESS",)),
    ("csm", "Chris Okafor", Role.CSM, "Customer Success Manager", ("success",)),
    ("sales", "Sam Rivera", Role.MEMBER, "Head of Sales", ("SALES",)),
    ("product", "Priya Nair", Role.MEMBER, "Product Manager", ("PRODUCT",)),
    ("support", "Sven Larsen", Role.MEMBER, "Head of Support", ("SUPPORT",)),
    ("success", "Sofia Rossi", Role.CSM, "Customer Success Manager", ("success",)),
    ("marketing", "Maya Chen", Role.MEMBER, "Customer Marketing", ("MARKETING",)),
    ("finance", "Farid Haddad", Role.MEMBER, "Revenue Finance", ("FINANCE",)),
    ("exec", "Eva Lindqvist", Role.VIEWER, "Chief Executive Officer", ()),
)


class NotADemo(Exception):
    """Demo people have a public password, so they are refused outside of demo mode."""


@transaction.atomic
def ensure_demo_people() -> list[User]:
    """The ten demo log-ins, six departments and memberships exist, and the install says that it is a demo.

    Idempotent; people who exist keep their password and settings. Raises NotADemo outside of demo mode.
    """
    if not settings.DEMO_MODE:
        raise NotADemo("Demo people are made in demo mode only (DEMO=1): their password is public.")
    ensure_install()
    Install.objects.filter(pk=1, is_demo=False).update(is_demo=True, demo_made_at=timezone.now())
    departments = {department.slug: department for department in ensure_departments()}
    # SECURITY: one salt for ten people who share one public password; hashing is slow by design, so once is enough.
    is_complete = User.objects.filter(email__in=[f"{login}@{DEMO_DOMAIN}" for login, *_rest in PEOPLE]).count() == len(
        PEOPLE
    )
    password = "" if is_complete else make_password(DEMO_PASSWORD)
    return [_ensure_person(person, departments, password) for person in PEOPLE]


def _ensure_person(wanted: DemoPerson, departments: dict[str, Department], password: str) -> User:
    login, name, role, title, memberships = wanted
    email = f"{login}@{DEMO_DOMAIN}"
    person = User.objects.filter(email=email).first()
    if person is None:
        person = User.objects.create(email=email, password=password, name=name, role=role, title=title)
    for slug in memberships:
        department = departments[slug.lower()]
        department.memberships.get_or_create(user=person)
        if slug.isupper() and department.lead_id is None:
            department.lead = person
            department.save(update_fields=["lead"])
    return person
