"""Makes a first migration's tables at once, from their final state.

Django renders the models of a migration again after each of its operations. With 170 models that all hang together,
five hundred operations of first migrations took a minute of processor time, of which the database worked for a second.
"""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger

# What a table has from its making on, when it is made from the final state.
PART_OF_TABLE = (CreateModel, AddField, AddIndex, AddConstraint)
TOGETHER = (*PART_OF_TABLE, AddTrigger)


class Together(Operation):
    """Many operations on tables that are all new, with one rendering of the models."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The state of all operations; nothing is rendered until it is asked for."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Tables with all their columns, indexes and constraints; the editor adds foreign keys when all are there."""
        for operation in self.operations:
            if not isinstance(operation, PART_OF_TABLE) or isinstance(operation, CreateModel):
                operation.database_forwards(app_label, schema_editor, from_state, to_state)


class TogetherExecutor(MigrationExecutor):
    """Applies migrations that only make tables at once, all others as Django does."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """The same tables, indexes, constraints and triggers as without; the order of columns may differ."""
        if not fake_initial and makes_tables_only(migration.operations):
            migration.operations = [Together(migration.operations)]  # type: ignore[misc]
        return super().apply_migration(state, migration, fake, fake_initial)


def makes_tables_only(operations: Sequence[Operation]) -> bool:
    """Whether all operations make tables, or parts of those tables."""
    made = {one.name_lower for one in operations if isinstance(one, CreateModel)}
    return all(
        type(one) in TOGETHER and (isinstance(one, CreateModel) or one.model_name.lower() in made)  # type: ignore[attr-defined]
        for one in operations
    )
