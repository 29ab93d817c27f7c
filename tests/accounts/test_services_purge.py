"""What was deleted long ago goes for good."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import AccountFile, Ticket, Touchpoint
from accounts.services.purge import purge_account_files, purge_tickets, purge_touchpoints
from team.models import User
from tests.makers import make_account, make_contact

LONG_AGO = timezone.now() - dt.timedelta(days=31)
BEFORE = timezone.now() - dt.timedelta(days=30)


def test_touches_and_tickets_deleted_long_ago_go_and_others_stay(csm: User) -> None:
    account = make_account(csm=csm)
    for deleted_at in (None, timezone.now(), LONG_AGO):
        values = {"account": account, "deleted_at": deleted_at}
        touchpoint = Touchpoint.objects.create(**values, kind="call", occurred_at=LONG_AGO)
        touchpoint.participants.create(contact=make_contact(account))
        Ticket.objects.create(**values, opened_at=LONG_AGO)
    assert (purge_touchpoints(before=BEFORE, limit=10), purge_tickets(before=BEFORE, limit=10)) == (1, 1)
    assert (purge_touchpoints(before=BEFORE, limit=10), purge_tickets(before=BEFORE, limit=10)) == (0, 0)
    assert (Touchpoint.everything.count(), Ticket.everything.count()) == (2, 2)


def test_a_file_goes_with_its_content(
    csm: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    kept = AccountFile(account=make_account(csm=csm), name="x.txt", size=1, content_type="text/plain", uploaded_by=csm)
    kept.deleted_at = LONG_AGO
    kept.file.save("x.txt", ContentFile(b"x"), save=False)
    kept.save()
    path = Path(kept.file.path)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert purge_account_files(before=BEFORE, limit=10) == 1
    assert not path.exists()


@pytest.mark.django_db
def test_an_empty_house_has_nothing_to_throw_away() -> None:
    assert purge_account_files(before=BEFORE, limit=10) == 0
