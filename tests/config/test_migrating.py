"""Tables that are made at once are those that Django makes step by step."""

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ProjectState

from config.migrating import Together, makes_tables_only

ID = ("id", models.BigAutoField(primary_key=True))
STEPS: list[Any] = [
    operations.CreateModel("Ship", [ID, ("name", models.TextField())]),
    operations.CreateModel("Port", [ID, ("best", models.ForeignKey("config.Ship", models.CASCADE, related_name="+"))]),
    operations.AddField("Ship", "home", models.ForeignKey("config.Port", models.CASCADE, null=True)),
    operations.AddField("Port", "guests", models.ManyToManyField("config.Ship", related_name="visited")),
    operations.AddIndex("Ship", models.Index(fields=["name", "home"], name="ship_by_name")),
    operations.AddConstraint(
        "Ship", models.UniqueConstraint(fields=["name"], condition=models.Q(home=None), name="ship_name_once")
    ),
    operations.AddConstraint("Ship", models.CheckConstraint(condition=~models.Q(name=""), name="ship_has_name")),
]
FOUND = """
SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
  WHERE table_name LIKE 'config\\_%'
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '' FROM pg_constraint
  WHERE conrelid::regclass::text LIKE 'config\\_%'
UNION ALL SELECT tablename, indexname, indexdef, '' FROM pg_indexes WHERE tablename LIKE 'config\\_%'
ORDER BY 1, 2, 3
"""


def tables_after(steps: list[Any]) -> list[tuple[str, ...]]:
    """What the steps leave in an empty database; all of it is gone again afterwards."""
    migration = Migration("0001_initial", "config")
    migration.operations = steps  # type: ignore[misc]
    with connection.schema_editor() as editor:
        migration.apply(ProjectState(), editor)
    with connection.cursor() as cursor:
        cursor.execute(FOUND)
        found: list[tuple[str, ...]] = cursor.fetchall()
        cursor.execute("DROP TABLE config_ship, config_port, config_port_guests CASCADE")
    return found


@pytest.mark.django_db(transaction=True)
def test_at_once_and_step_by_step_make_the_same_tables() -> None:
    at_once = tables_after([Together(STEPS)])
    assert at_once == tables_after(STEPS)
    assert {"home_id", "ship_by_name", "ship_name_once", "ship_has_name"} <= {row[1] for row in at_once}


def test_only_new_tables_are_made_at_once() -> None:
    assert makes_tables_only(STEPS)
    assert not makes_tables_only(STEPS[1:])
    assert not makes_tables_only([*STEPS, operations.RunSQL("SELECT 1")])
