"""What a person wishes beyond yes and no."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact


class ContactWish(models.Model):
    """How often somebody wants to be asked at most: a limit of their own on top of the contact budget."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="wish")
    survey_every_days = models.PositiveSmallIntegerField(
        _("days between two surveys"), help_text=_("At least; the contact budget may ask less often still.")
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(survey_every_days__gte=1), name="a_wish_is_a_day_or_more")]

    def __str__(self) -> str:
        return f"{self.contact_id}: every {self.survey_every_days} days"
