"""A department member, in the demo world, on every page that exists or is linked: nothing of accounts that were not
granted to the department, and no sum of those that were."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import CharField, Model, TextField
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from team.models import User
from ui.screens import plain_paths, view_of
from workspace.demo.world import make_world

pytestmark = pytest.mark.xdist_group("member walk")  # one world for both
OURS = ("accounts", "lifecycle", "voc", "engagement", "workspace")
# Shorter words are names of stages and kinds, which stand on every page.
SHORTEST = 12
LINKS = re.compile(r'(?:href|hx-get)="(/[^"#]*)')


def texts_of(model: type[Model], **which: object) -> Iterator[str]:
    """Every text in rows of that model that a person may have written."""
    names = [
        one.attname
        for one in model._meta.concrete_fields
        if isinstance(one, CharField | TextField) and not one.choices and one.name != "time_zone"
    ]
    for values in model._base_manager.filter(**which).values_list(*names) if names else ():
        yield from (value.strip()[:60] for value in values if isinstance(value, str) and len(value) >= SHORTEST)


def words_about(accounts: set[int]) -> set[str]:
    """What was written about those accounts, and their people."""
    found = set(texts_of(Account, pk__in=accounts))
    for model, name in belongings():
        found |= set(texts_of(model, **{f"{name}__in": accounts}))
    return found


def belongings() -> list[tuple[type[Model], str]]:
    """Every model of ours whose rows belong to one account, and the name of its key."""
    found = []
    for model in (model for app in OURS for model in apps.get_app_config(app).get_models()):
        keys = [one.name for one in model._meta.concrete_fields if one.related_model is Account]
        found += [(model, keys[0])] if len(keys) == 1 else []
    return found


def words_of_the_install() -> set[str]:
    """Names of segments, courses, filters: they belong to no account, and copies of them are no secret."""
    bound = {model for model, _name in belongings()} | {Account}
    models = [model for app in (*OURS, "team") for model in apps.get_app_config(app).get_models()]
    free = [one for one in models if bound.isdisjoint({one, *(key.related_model for key in one._meta.fields)})]
    return {text for model in free for text in texts_of(model)}


def pages(client: Client) -> Iterator[tuple[str, str]]:
    """Every address without a parameter, then one of each kind that a page links to, with its text. No link that is
    shown leads nowhere."""
    todo, seen = [(path, "") for path in plain_paths()], set()
    while todo:
        path, shown_on = todo.pop(0)
        kind = view_of(path)
        if kind is None or kind[0] in seen:
            continue
        seen.add(kind[0])
        answer = client.get(path, follow=True)
        if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
            assert answer.status_code < (400 if shown_on else 500), f"{shown_on} leads to {path}"
            if not shown_on:
                seen.discard(kind[0])
            continue
        text = unescape(answer.content.decode())
        todo += [(urljoin(path, link), path) for link in LINKS.findall(text)]
        yield path, text


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Made once for all departments, and taken back behind the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_world(accounts=24, seed=7)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("department", ["product", "marketing"])
def test_a_member_reads_nothing_beyond_the_departments_grants(world: None, db: None, department: str) -> None:
    member = User.objects.filter(role="member", memberships__department__slug=department).first()
    assert member is not None
    granted = set(Account.objects.visible_to(member).values_list("pk", flat=True))
    foreign = set(Account.objects.exclude(pk__in=granted).values_list("pk", flat=True))
    assert granted
    assert foreign
    secrets = words_about(foreign) - words_about(granted) - words_of_the_install()
    sums = {f"{arr:,.0f}" for arr in Account.objects.values_list("summary__arr", flat=True) if arr and arr >= 10_000}
    assert len(secrets) > 100
    client = Client()
    client.force_login(member)
    found, number = [], 0
    for path, text in pages(client):
        number += 1
        found += [f"{path}: {secret}" for secret in secrets if secret in text]
        found += [f"{path}: {sum_}" for sum_ in sums if sum_ in text]
    assert not found, "\n".join(found)
    assert number > 40
