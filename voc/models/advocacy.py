"""The advocacy desk: whom we asked to speak for us, what they answered, and what they made with us."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Touchpoint
from team.models import track_changes

if TYPE_CHECKING:
    from team.models import User


class AdvocacyRequestQuerySet(models.QuerySet["AdvocacyRequest"]):
    def visible_to(self, user: "User") -> "AdvocacyRequestQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "AdvocacyRequestQuerySet":
        """Requests about accounts that the user may edit, and for marketing those of accounts granted to it."""
        return self.visible_to(user) if user.can_edit else self.none()

    def open(self) -> "AdvocacyRequestQuerySet":
        return self.filter(answer="")


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
        return self.filter(account__in=Account.objects.visible_to(user))


@track_changes()
class AdvocacyWork(models.Model):
    """What an account made with us and the world can see: a case study, a webinar, a review, a quote."""

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
