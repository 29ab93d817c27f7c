"""What a fresh install begins with: given once, and never again."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from lifecycle.models import Journey, MailTemplate, Playbook
from lifecycle.services.starter_playbooks import STARTERS
from lifecycle.services.starters import give_starters
from team.clock import now
from team.models import User
from tests.lifecycle.makers_mails import make_playbook, make_template

pytestmark = pytest.mark.django_db


def test_a_fresh_install_gets_a_journey_playbooks_and_mails_once() -> None:
    assert give_starters() == ["journey", "playbooks"]
    assert Journey.objects.get(segment=None, intent="").stages.count() == 5
    assert Playbook.objects.count() == len(STARTERS)
    assert MailTemplate.objects.exists()
    assert give_starters() == []


def test_what_was_put_away_stays_away() -> None:
    give_starters()
    Journey.objects.update(is_active=False)
    Playbook.objects.update(archived_at=now(), is_on=False)
    MailTemplate.everything.all().delete()  # purged for good
    assert give_starters() == []
    assert not Journey.objects.filter(is_active=True).exists()
    assert not Playbook.objects.filter(archived_at=None).exists()
    assert not MailTemplate.everything.exists()


def test_an_install_with_playbooks_or_mails_of_its_own_gets_none() -> None:
    template = make_template()
    assert give_starters() == ["journey"]
    template.delete()
    make_playbook()
    assert give_starters() == []


def test_the_empty_list_offers_the_starter_set_to_those_who_write(manager: User, csm: User) -> None:
    address = reverse("playbook_starters")
    client, reader = Client(), Client()
    client.force_login(manager)
    reader.force_login(csm)
    assert address in client.get(reverse("playbooks")).content.decode()
    assert address not in reader.get(reverse("playbooks")).content.decode()
    said = [str(one) for one in get_messages(client.post(address).wsgi_request)]
    assert said == [f"{len(STARTERS)} playbooks added"]
    assert address not in client.get(reverse("playbooks")).content.decode()
    Playbook.objects.filter(slug="critic").update(name="Ours")
    client.post(address)
    assert Playbook.objects.get(slug="critic").name == "Ours"
    assert Playbook.objects.count() == len(STARTERS)
