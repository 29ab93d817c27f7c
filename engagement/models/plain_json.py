"""JSON that is written in sets and read whole."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class PlainJSONField(models.JSONField):
    """JSON kept as it was written (`json`). Making it searchable (`jsonb`) is half the cost of writing a score, and
    nobody searches in it: the database can take a key out, but neither compare two documents nor look for one."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """The driver has read `json` already; a column from before is `jsonb`, which it hands over as text."""
        return super().from_db_value(value, expression, connection) if isinstance(value, str) else value
