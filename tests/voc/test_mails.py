"""Mails to customers: both parts, in three languages, with the first question inside and a way out."""

import re
from email.utils import parseaddr
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from accounts.models import Contact
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_nps
from voc.formulas.contrast import contrast
from voc.models import Survey, SurveyVersion
from voc.services.footers import write_html
from voc.services.mails import Letter, write_invitation, write_reply

pytestmark = pytest.mark.django_db
TOKEN = "T0ken" * 6
QUESTIONS: dict[str, dict[str, Any]] = {
    "nps": {"type": "nps", "low": {"en": "Not at all"}, "high": {"en": "Extremely"}},
    "csat": {"type": "csat"},
    "ces": {"type": "ces"},
    "rating": {"type": "rating", "scale": 4},
    "single": {"type": "single", "options": [{"id": f"o{n}", "text": {"en": f"Way {n}"}} for n in range(3)]},
    "multiple": {"type": "multiple", "options": [{"id": "a", "text": {"en": "A"}}, {"id": "b", "text": {"en": "B"}}]},
    "text": {"type": "text"},
    "many": {"type": "single", "options": [{"id": f"o{n}", "text": {"en": f"Way {n}"}} for n in range(20)]},
}


def version_asking(name: str, owner: User, **survey: object) -> SurveyVersion:
    """A version whose first question is of that kind."""
    base = make_nps(owner).survey
    question: dict[str, Any] = {
        "id": "first",
        "text": {"en": "How <b>was</b> it, {{ contact.first_name|there }}?", "da": "Hvordan gik det?"},
    }
    definition = {
        "languages": ["en", "da", "zh"],
        "questions": [{**question, **QUESTIONS[name]}, {"id": "why", "type": "text", "text": {"en": "Why?"}}],
    }
    made = Survey.objects.create(name=name, kind="custom", owner=base.owner, draft=definition, **survey)
    return SurveyVersion.objects.create(survey=made, number=1, definition=definition)


@pytest.fixture
def nora(csm: User) -> Contact:
    return make_contact(make_account(csm=csm), name="Nora <Nielsen>", language="en")


def write(version: SurveyVersion, contact: Contact, language: str = "en", **more: bool) -> Letter:
    return write_invitation(version=version, contact=contact, token=TOKEN, language=language, **more)


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("nps", [f"?a={number}" for number in range(11)]),
        ("csat", [f"?a={number}" for number in range(1, 6)]),
        ("ces", [f"?a={number}" for number in range(1, 8)]),
        ("rating", [f"?a={number}" for number in range(1, 5)]),
        ("single", ["?o=o0", "?o=o1", "?o=o2"]),
        ("multiple", [""]),
        ("text", [""]),
        ("many", [""]),
    ],
)
def test_the_first_question_stands_in_the_mail(csm: User, nora: Contact, name: str, links: list[str]) -> None:
    letter = write(version_asking(name, csm), nora)
    found = re.findall(rf'href="[^"]*/s/{TOKEN}/([^"]*)"', letter.html)
    assert found == links
    assert "How &lt;b&gt;was&lt;/b&gt; it, Nora?" in letter.html
    assert "How <b>was</b> it, Nora?" in letter.text
    assert f"/s/{TOKEN}/" in letter.text
    assert "{{" not in letter.html + letter.text
    assert "{%" not in letter.html + letter.text


@pytest.mark.parametrize(("language", "words"), [("en", "Dear"), ("da", "Kære"), ("zh", "随时")])
def test_a_mail_speaks_the_persons_language(csm: User, nora: Contact, language: str, words: str) -> None:
    letter = write(make_nps(csm), nora, language)
    assert words in letter.html
    assert words in letter.text
    assert f'lang="{language}"' in letter.html


def test_every_mail_has_a_way_out_and_says_who_reads(csm: User, nora: Contact) -> None:
    survey = make_nps(csm)
    for letter in (
        write(survey, nora),
        write_reply(contact=nora, text="Fixed.", quote="Slow", token=TOKEN, language="en"),
    ):
        stop = letter.headers["List-Unsubscribe"]
        assert re.fullmatch(r"<http[^>]+/p/[^>]+/stop/>", stop)
        assert len(stop) < 200
        assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for part in (letter.html, letter.text):
            assert "/p/" in part
            assert "/f/" in part
        tokens = re.findall(r"/[spfv]/([^/\"\s]+)/", letter.html + letter.text + stop)
        assert set(tokens) <= set(letter.secrets)
    assert survey.survey.who_reads in write(survey, nora).text


def test_brand_sender_and_reply_to_are_the_surveys(csm: User, nora: Contact) -> None:
    version = version_asking(
        "nps",
        csm,
        brand_name="Harbour Labs",
        brand_color="#ffcc00",
        sender_name="Carla, Harbour Labs",
        reply_to="c@h.example",
    )
    letter = write(version, nora)
    assert parseaddr(letter.sender)[0] == "Carla, Harbour Labs"
    assert letter.reply_to == "c@h.example"
    assert "Harbour Labs" in letter.html
    [color] = set(re.findall(r"border-top: ?4px solid (#[0-9a-f]{6})", letter.html))
    assert contrast(color, "#ffffff") >= 4.5


def test_a_reminder_says_so(csm: User, nora: Contact) -> None:
    first, second = write(make_nps(csm), nora), write(make_nps(csm), nora, is_reminder=True)
    assert second.subject == f"Reminder: {first.subject}"
    assert "a few days ago" in second.html
    assert "a few days ago" in second.text
    assert "a few days ago" not in first.html


def test_who_may_answer_by_mail_is_told(csm: User, nora: Contact, settings: LazySettings) -> None:
    settings.OUTBOX_RETURN_ADDRESS = "mail@in.vendor.example"
    words = "a number is enough"
    assert words in write(make_nps(csm), nora).text
    assert words not in write(version_asking("nps", csm, reply_to="c@h.example"), nora).text
    assert words not in write(version_asking("text", csm), nora).text


def test_nothing_foreign_is_loaded_and_nothing_tracks(csm: User, nora: Contact) -> None:
    for html in (write(make_nps(csm), nora).html, write_html(nora, "Hello", "One\n\nTwo <script>")):
        assert "<img" not in html
        assert "url(" not in html
        assert "<script" not in html
        assert "prefers-color-scheme" in html
        assert 'name="color-scheme"' in html


def test_the_sources_are_compiled() -> None:
    call_command("mail_build", check=True)
