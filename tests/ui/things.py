"""A table for the tests of lists alone."""

from typing import ClassVar

from django.db import models


class Thing(models.Model):
    """A table of this test alone."""

    amount = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    on = models.DateField(null=True)
    at = models.DateTimeField(null=True)
    name = models.CharField(max_length=40)

    objects: ClassVar[models.Manager["Thing"]] = models.Manager()

    class Meta:
        app_label = "ui"
        indexes = [models.Index(fields=["amount", "id"], name="thing_by_amount")]

    def __str__(self) -> str:
        return self.name
