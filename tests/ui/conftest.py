"""A real table that exists while a test of lists runs."""

from collections.abc import Iterator

import pytest
from django.db import connection

from tests.ui.things import Thing


@pytest.fixture
def things(db: None) -> Iterator[type[Thing]]:
    with connection.schema_editor() as editor:
        editor.create_model(Thing)
    yield Thing
    with connection.schema_editor() as editor:
        editor.delete_model(Thing)
