"""The advocacy desk: whom we asked to speak for us, what they answered, and what they made with us."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Touchpoint
from team.models import Department, track_changes

if TYPE_CHECKING:
    from team.models import User

# Whose desk it is.
MARKETING = "marketing"


def _is_marketing(user: "User") -> Exists:
    return Exists(Department.objects.filter(slug=MARKETING, pk__in=user.department_ids()))


class AdvocacyRequestQuerySet(models.QuerySet["AdvocacyRequest"]):
    def visible_to(self, user: "User") -> "AdvocacyRequestQuerySet":
        """Of visible accounts. SECURITY: of the departments marketing alone has a desk, for accounts granted to it."""
        rows = self.filter(account__in=Account.objects.visible_to(user))
        return rows.filter(_is_marketing(user)) if user.role == "member" else rows

    def editable_by(self, user: "User") -> "AdvocacyRequestQuerySet":
        """Requests that the user may answer: every visible one, unless the user only reads."""
        return self.none() if user.role == "viewer" else self.visible_to(user)

    def open(self) -> "AdvocacyRequestQuerySet":
        """Nobody has answered yet."""
        return self.filter(answer="")

    def answerable(self) -> "AdvocacyRequestQuerySet":
        """Open, or without a clear word: who stalled may still say yes or no."""
        return self.filter(answer__in=AdvocacyRequest.UNCLEAR)

    def refused(self) -> "AdvocacyRequestQuerySet":
        """The customer said no, or let it lie."""
        return self.filter(answer__in=AdvocacyRequest.REFUSALS)


@track_changes()
class AdvocacyRequest(models.Model):
    """We asked an account to speak for us. The touchpoint carries it into timeline, facts and score."""

    class Kind(models.TextChoices):
        REFERENCE = "reference", _("Reference call")
        REVIEW = "review", _("Review")
        QUOTE = "quote", _("Quote or logo")
        CASE_STUDY = "case_study", _("Case study")
        WEBINAR = "webinar", _("Webinar or talk")

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        STALLED = "stalled", _("Stalled")
        NONE = "none", _("No answer")

    REFUSALS = (Answer.NO, Answer.STALLED)
    UNCLEAR = ("", Answer.STALLED, Answer.NONE)

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="advocacy_requests")
    contact = models.ForeignKey(
        Contact, verbose_name=_("contact"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(_("what we ask for"), max_length=10, choices=Kind.choices)
    purpose = models.CharField(_("what for"), max_length=200, blank=True, help_text=_("The prospect, the site."))
    asked_on = models.DateField(_("asked on"))
    answer_by = models.DateField(_("answer by"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=7, choices=Answer.choices, blank=True)
    reason = models.CharField(_("in their words"), max_length=300, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    warned_of = models.JSONField(
        default=list, blank=True, help_text=_("What spoke against asking, and was seen by who asked.")
    )
    touchpoint = models.OneToOneField(
        Touchpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="advocacy_request"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AdvocacyRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind"], condition=Q(answer=""), name="one_open_request_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_on__isnull=False), name="an_answered_request_has_a_day"
            ),
        ]
        indexes = [
            models.Index(F("asked_on").desc(), F("id").desc(), name="advocacy_list"),
            models.Index(fields=["account", "asked_on"], name="advocacy_of_account"),
            models.Index(fields=["answer_by"], condition=Q(answer=""), name="advocacy_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.account_id}"


class AdvocacyWorkQuerySet(models.QuerySet["AdvocacyWork"]):
    def visible_to(self, user: "User") -> "AdvocacyWorkQuerySet":
        """Of visible accounts. SECURITY: of the departments marketing alone, for accounts granted to it."""
        rows = self.filter(account__in=Account.objects.visible_to(user))
        return rows.filter(_is_marketing(user)) if user.role == "member" else rows

    def editable_by(self, user: "User") -> "AdvocacyWorkQuerySet":
        """Visible ones, unless the user only reads."""
        return self.none() if user.role == "viewer" else self.visible_to(user)

    def in_use(self, day: dt.date) -> "AdvocacyWorkQuerySet":
        """Neither withdrawn nor past its day."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), withdrawn_at__isnull=True)

    def at_risk(self) -> "AdvocacyWorkQuerySet":
        """Its account is in one of the two lowest bands, or has left."""
        return self.filter(
            Q(account__summary__health_band__in=AdvocacyWork.RISK_BANDS) | Q(account__status=Account.Status.CHURNED)
        )


@track_changes()
class AdvocacyWork(models.Model):
    """What an account made with us and the world can see: a case study, a webinar, a review, a quote."""

    RISK_BANDS = ("critical", "risk")
    # Back here the next turn is news again; between both nothing is said, so that a wavering score does not ring twice.
    SAFE_BANDS = ("good", "great")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="advocacy_works")
    request = models.ForeignKey(AdvocacyRequest, on_delete=models.SET_NULL, null=True, blank=True, related_name="works")
    kind = models.CharField(_("kind"), max_length=10, choices=AdvocacyRequest.Kind.choices)
    title = models.CharField(_("title"), max_length=160)
    url = models.URLField(_("address"), max_length=500, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    ends_on = models.DateField(_("may be used until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True, help_text=_("Its account turned at risk; told once."))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AdvocacyWorkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account"], name="advocacy_works")]

    def __str__(self) -> str:
        return self.title
