"""The demo's page of received mail looks alive, and is filled once."""

import pytest
from django.test import Client
from django.urls import reverse

from outbox.models import DeliveryReport, ReceivedMail
from tests.makers import make_account, make_contact, make_user
from workspace.demo.received import MAILS, write_received

pytestmark = pytest.mark.django_db


def test_the_demos_mail_comes_back_once() -> None:
    csm = make_user(email="csm@example.com", role="csm")
    for number in range(len(MAILS)):
        make_contact(make_account(csm=csm, name=f"Customer {number}"))
    assert write_received() == len(MAILS) + 1
    assert write_received() == 0
    assert DeliveryReport.objects.filter(is_hard=True).count() == 2
    client = Client()
    client.force_login(csm)
    assert "The mailbox is full" in client.get(reverse("received_mails")).content.decode()
    for received in ReceivedMail.objects.exclude(subject_ref=""):
        assert client.get(reverse("received", args=[received.pk])).status_code == 200
