"""Exchange rates, so that sums over currencies can be added."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ExchangeRate(models.Model):
    """What one unit of a currency is worth in the install's currency, from a day on until a newer row."""

    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    rate = models.DecimalField(_("worth in our currency"), max_digits=18, decimal_places=8)
    source = models.CharField(_("source"), max_length=80, blank=True)

    class Meta:
        ordering = ["currency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="one_rate_per_currency_and_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_is_positive"),
        ]
        indexes = [models.Index("currency", F("valid_from").desc(), name="rate_lookup")]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} from {self.valid_from}"
