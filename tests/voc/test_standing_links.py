"""The standing feedback link: on every page of a person, on no page that is anonymous."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Contact
from lifecycle.formulas.plan_links import token_of
from team.models import User
from tests.lifecycle.makers_goals import make_goal, make_plan
from tests.makers import make_account, make_contact
from tests.voc.makers import make_invitation, make_nps
from tests.voc.makers_answers import make_link, make_survey
from voc.models import Invitation
from voc.services.tokens import feedback_token, feedback_token_beside, preference_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(csm: User) -> Contact:
    return make_contact(make_account(csm=csm), name="Nora Wind")


def standing(contact: Contact) -> str:
    return reverse("standing_feedback", args=[feedback_token(contact)])


def test_it_stands_on_every_page_of_a_person(csm: User, contact: Contact) -> None:
    _invitation, token = make_invitation(make_nps(csm), contact)
    pages = [f"/s/{token}/", f"/s/{token}/?done=1", f"/s/{token}/elsewhere/"]
    pages += [f"/p/{preference_token(contact)}/", f"/p/{preference_token(contact)}/erase/"]
    for path in pages:
        assert standing(contact) in Client().get(path).content.decode(), path
    Invitation.objects.update(state="expired")
    assert standing(contact) in Client().get(f"/s/{token}/").content.decode()


def test_no_anonymous_page_has_it(csm: User, contact: Contact) -> None:
    version = make_survey(csm, is_anonymous=True)
    _invitation, token = make_invitation(version, contact)
    for path in (f"/s/{token}/", f"/s/{token}/elsewhere/", f"/l/{make_link(version.survey).key}/"):
        assert "/f/" not in Client().get(path).content.decode(), path


def test_the_shared_plan_has_that_of_its_reader(csm: User, contact: Contact) -> None:
    goal = make_goal(contact.account, owner=csm, is_shared=True)
    token = token_of(make_plan(contact.account, by=csm, contact=contact).nonce)
    everybodys = token_of(make_plan(contact.account, by=csm).nonce)
    for path in (reverse("shared_plan", args=[token]), reverse("plan_sign_off", args=[token, goal.pk])):
        assert standing(contact) in Client().get(path).content.decode(), path
    assert "/f/" not in Client().get(reverse("shared_plan", args=[everybodys])).content.decode()


def test_a_link_that_we_did_not_make_leads_to_none(contact: Contact) -> None:
    assert feedback_token_beside(preference_token(contact)) == feedback_token(contact)
    assert feedback_token_beside("1:forged") == ""
