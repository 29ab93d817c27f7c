"""A database whose migrations were rewritten since is refused with a sentence that says what to do."""

import pytest
from django.core.management import CommandError

from config import folding
from config.management.commands.prepare import FINISHED, comment_of_database, note_on_database, refuse_folded

pytestmark = pytest.mark.django_db


def test_a_database_of_this_state_is_taken() -> None:
    note_on_database(f"{FINISHED} {folding.fingerprint_of_applied()}")
    refuse_folded()


def test_a_database_with_rewritten_migrations_is_refused() -> None:
    note_on_database(f"{FINISHED} 0123456789abcdef")
    with pytest.raises(CommandError, match="Start anew"):
        refuse_folded()


def test_a_database_without_a_note_is_taken() -> None:
    note_on_database("")
    assert comment_of_database() == ""
    refuse_folded()
