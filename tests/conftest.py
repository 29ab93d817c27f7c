"""Fixtures: a real database, three known people and a stranger."""

import pytest
from django.test import Client

from team.models import User
from tests.makers import make_user


@pytest.fixture
def csm(db: None) -> User:
    """A CSM with an own book."""
    return make_user(email="csm@vendor.example", name="Carla Smith", role="csm")


@pytest.fixture
def stranger(db: None) -> User:
    """A CSM with another book."""
    return make_user(email="stranger@vendor.example", name="Sten Ranger", role="csm")


@pytest.fixture
def manager(db: None) -> User:
    return make_user(email="manager@vendor.example", name="Mona Nager", role="manager")


@pytest.fixture
def admin(db: None) -> User:
    return make_user(email="admin@vendor.example", name="Adam Min", role="admin")


@pytest.fixture
def as_csm(csm: User) -> Client:
    """A browser in which the CSM is signed in."""
    client = Client()
    client.force_login(csm)
    return client
