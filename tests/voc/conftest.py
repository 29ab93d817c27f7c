"""Fixtures of the tests of voice."""

import pytest

from team.models import User
from tests.makers import make_department, make_user


@pytest.fixture
def member(db: None) -> User:
    """A member of the product department."""
    person = make_user(role="member", name="Priya")
    make_department("product", members=(person,))
    return person
