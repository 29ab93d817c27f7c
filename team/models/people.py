"""Users, roles and departments."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import validate_email
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from team.clock import today
from team.models.audit import track_changes


class Role(models.TextChoices):
    ADMIN = "admin", _("Admin")
    MANAGER = "manager", _("Manager")
    CSM = "csm", _("CSM")
    MEMBER = "member", _("Department member")
    VIEWER = "viewer", _("Viewer")


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> "UserQuerySet":
        """People who can sign in."""
        return self.filter(is_active=True)

    def by_name(self) -> "UserQuerySet":
        """Those who are here first, then by name."""
        return self.order_by("-is_active", "name", "pk")

    def with_departments(self) -> "UserQuerySet":
        return self.prefetch_related("departments")


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def active(self) -> UserQuerySet:
        """People who can sign in."""
        return self.get_queryset().active()

    def by_name(self) -> UserQuerySet:
        """Those who are here first, then by name."""
        return self.get_queryset().by_name()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; mail addresses are stored in lower case, so that one person has one log-in."""
        email = email.strip().lower()
        validate_email(email)
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, role=Role.ADMIN, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


@track_changes(exclude=("password", "last_login"))
class User(AbstractBaseUser, PermissionsMixin):
    """A person at the vendor, with exactly one role. Customers never have a log-in: they are `accounts.Contact`."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    departments: "models.ManyToManyField[Department, DepartmentMember]" = models.ManyToManyField(
        "Department", through="DepartmentMember", related_name="people"
    )
    title = models.CharField(_("job title"), max_length=120, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=10, default="en")
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    has_shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    is_dense = models.BooleanField(_("compact rows"), default=True)
    weekly_capacity_minutes = models.PositiveIntegerField(_("minutes for tasks per week"), default=1200)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    access_version = models.PositiveIntegerField(
        default=1, editable=False, help_text=_("Rises when all sessions of the person must end.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=models.functions.Lower("email")), name="user_mail_is_lower_case")
        ]

    def __str__(self) -> str:
        return self.name or self.email

    # SECURITY: the session's fingerprint covers the password, the role and a counter: when one of them changes by
    # whatever way, every session of the person ends.
    def get_session_auth_hash(self) -> str:
        return self._fingerprint(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._fingerprint(secret)

    def _fingerprint(self, secret: str | bytes | None) -> str:
        value = f"{self.password}|{self.role}|{self.access_version}"
        return salted_hmac("team.models.people.User.session", value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def sees_everything(self) -> bool:
        """Admins, managers and viewers read every account."""
        return self.role in {Role.ADMIN, Role.MANAGER, Role.VIEWER}

    @property
    def can_edit(self) -> bool:
        """Viewers and department members do not change facts about accounts."""
        return self.role in {Role.ADMIN, Role.MANAGER, Role.CSM}

    def book_owner_ids(self) -> list[int]:
        """Ids of the CSMs whose book this user works today: the own one and those of absent colleagues (one query,
        kept for the life of the object, that is one request)."""
        if not hasattr(self, "_book_owner_ids"):
            day = today()
            away = self.deputised.filter(starts_on__lte=day, ends_on__gte=day)
            self._book_owner_ids = [self.pk, *away.values_list("user_id", flat=True)]
        return self._book_owner_ids

    def remember(self, *, stands_in_for: list[int], department_ids: list[int]) -> None:
        """What `book_owner_ids` and `department_ids` would ask for, read elsewhere in one go."""
        self._book_owner_ids = [self.pk, *stands_in_for]
        self._department_ids = list(department_ids)

    def department_ids(self) -> list[int]:
        """Ids of the departments this user belongs to (one query, kept for the life of the object)."""
        if not hasattr(self, "_department_ids"):
            self._department_ids = list(self.memberships.values_list("department_id", flat=True))
        return self._department_ids


@track_changes()
class Department(models.Model):
    """A part of the vendor that answers for insights."""

    class Slug(models.TextChoices):
        SUCCESS = "success", _("Success")
        SALES = "sales", _("Sales")
        PRODUCT = "product", _("Product")
        SUPPORT = "support", _("Support")
        MARKETING = "marketing", _("Marketing")
        FINANCE = "finance", _("Finance")

    slug = models.CharField(max_length=12, choices=Slug.choices, unique=True)
    name = models.CharField(_("name"), max_length=60)
    lead = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="leads")
    opens_at = models.TimeField(_("work starts at"), default=dt.time(9))
    closes_at = models.TimeField(_("work ends at"), default=dt.time(17))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    sla_hours = models.PositiveSmallIntegerField(_("business hours to a first decision"), default=16)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="department_closes_after_it_opens")
        ]

    def __str__(self) -> str:
        return self.name


@track_changes()
class DepartmentMember(models.Model):
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "user"], name="one_membership_per_department")]

    def __str__(self) -> str:
        return f"{self.user} in {self.department}"


class StaffInvitationQuerySet(models.QuerySet["StaffInvitation"]):
    def open(self) -> "StaffInvitationQuerySet":
        """Not accepted and not withdrawn; may have expired."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)

    def usable(self) -> "StaffInvitationQuerySet":
        """Open, and not expired."""
        return self.open().filter(expires_at__gt=timezone.now())


@track_changes(exclude=("digest",))
class StaffInvitation(models.Model):
    """An invitation to join the vendor's team; the mailed token is kept as a hash only and works once."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    departments = models.ManyToManyField(Department, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations_sent")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = StaffInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_per_mail",
            ),
            models.CheckConstraint(
                condition=Q(email=models.functions.Lower("email")), name="invitation_mail_is_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()
