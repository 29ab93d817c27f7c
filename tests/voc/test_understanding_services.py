"""Reading, correcting, learning, topics and the tree, on a real database."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from team.models import ActionLog, User
from team.services.undo import undo_action
from tests.makers import make_account
from tests.voc.makers import make_feedback
from tests.voc.makers_understanding import give_vectors, make_topic
from tests.voc.test_understanding_formulas import PLANTED
from voc.formulas.understanding.datasets import read_comments
from voc.models import Correction, Feedback, FeedbackTheme, LearnedModel, Theme, Topic
from voc.services.defaults import ensure_default_themes
from voc.services.understanding.correcting import (
    add_theme,
    correct_label,
    correct_language,
    is_held_back,
    remove_theme,
)
from voc.services.understanding.reading import understand_feedback, understand_waiting
from voc.services.understanding.topics import accept_topic, dismiss_topic, propose_topics
from voc.services.understanding.training import train_due
from voc.services.understanding.tree import BadTree, create_theme, merge_themes, retire_theme

pytestmark = pytest.mark.django_db
ROUTED = 8  # queries of routing, per piece; reading itself takes a handful for all


def undo_last(actor: User) -> bool:
    return undo_action(actor=actor, action=ActionLog.objects.filter(actor=actor).latest("id"))


def test_reading_writes_label_confidence_evidence_themes_and_vector(csm: User) -> None:
    ensure_default_themes()
    feedback = make_feedback(make_account(csm=csm), "The invoice was wrong again and nobody answers.")
    assert understand_feedback(feedback_id=feedback.pk)
    assert not understand_feedback(feedback_id=feedback.pk)
    feedback.refresh_from_db()
    assert (feedback.label, feedback.language) == ("negative", "en")
    assert feedback.confidence is not None
    assert feedback.sentiment_spans
    assert len(feedback.vector.values) == 512
    tag = feedback.tags.get(theme__slug="billing")
    assert feedback.text[tag.start : tag.end] == "invoice"
    assert tag.confidence is not None


def test_two_hundred_are_read_with_few_queries(
    csm: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    account = make_account(csm=csm)
    for row in read_comments("tune", "en")[:60]:
        make_feedback(account, row.text)
    with django_assert_max_num_queries(20 + ROUTED * 60):
        assert understand_waiting() == 60
    assert understand_waiting() == 0


def test_a_persons_label_stays_when_it_is_read_again(csm: User) -> None:
    feedback = make_feedback(make_account(csm=csm), "The invoice was wrong again.")
    understand_waiting()
    assert correct_label(actor=csm, feedback=feedback, label="neutral")
    assert not correct_label(actor=csm, feedback=feedback, label="neutral")
    Feedback.objects.update(understood_at=None)
    understand_waiting()
    feedback.refresh_from_db()
    assert (feedback.label, feedback.is_label_by_person) == ("neutral", True)
    assert undo_last(csm)
    feedback.refresh_from_db()
    assert (feedback.label, feedback.is_label_by_person) == ("negative", False)
    assert not Correction.objects.exists()


def test_a_theme_that_was_taken_off_does_not_come_back(csm: User) -> None:
    ensure_default_themes()
    feedback = make_feedback(make_account(csm=csm), "The invoice was wrong again.")
    understand_waiting()
    billing = Theme.objects.get(slug="billing")
    assert remove_theme(actor=csm, feedback=feedback, theme=billing)
    Feedback.objects.update(understood_at=None)
    understand_waiting()
    assert not feedback.tags.filter(theme=billing).exists()
    assert undo_last(csm)
    assert feedback.tags.filter(theme=billing).exists()


def test_another_language_is_read_anew(csm: User) -> None:
    feedback = make_feedback(make_account(csm=csm), "Super!", language="en")
    understand_waiting()
    assert correct_language(actor=csm, feedback=feedback, language="da")
    understand_waiting()
    feedback.refresh_from_db()
    assert feedback.language == "da"


def test_a_fifth_of_the_pieces_is_held_back_and_always_the_same() -> None:
    held = [pk for pk in range(5000) if is_held_back(pk)]
    assert 800 < len(held) < 1200
    assert all(is_held_back(pk) for pk in held)


def test_corrections_teach_a_theme(csm: User) -> None:
    account = make_account(csm=csm)
    cakes = Theme.objects.create(slug="cakes", name="Cakes")
    other = Theme.objects.create(slug="other", name="Other")
    for number in range(24):
        add_theme(
            actor=csm, feedback=make_feedback(account, f"The chocolate cake number {number} was dry"), theme=cakes
        )
        add_theme(actor=csm, feedback=make_feedback(account, f"Invoice {number} has a wrong amount"), theme=other)
    assert train_due() == 2
    assert train_due() == 0
    assert LearnedModel.objects.filter(theme=cakes, is_current=True).count() == 1
    fresh = make_feedback(account, "Why was the chocolate cake so dry today?")
    understand_feedback(feedback_id=fresh.pk)
    assert list(fresh.tags.values_list("theme__slug", flat=True)) == ["cakes"]


def test_what_an_older_version_learned_is_learned_anew(csm: User) -> None:
    account = make_account(csm=csm)
    cakes = Theme.objects.create(slug="cakes", name="Cakes")
    for number in range(16):
        add_theme(actor=csm, feedback=make_feedback(account, f"Cake number {number} was dry"), theme=cakes)
    assert train_due() == 1
    old = LearnedModel.objects.get(theme=cakes)
    LearnedModel.objects.update(weights=old.weights | {"kind": "logistic-1"})
    assert train_due() == 1
    assert LearnedModel.objects.get(theme=cakes, is_current=True).pk != old.pk


def test_topics_are_proposed_accepted_and_dismissed(csm: User, manager: User) -> None:
    account = make_account(csm=csm)
    rows = [make_feedback(account, text) for text in PLANTED[:20]]
    rows += [make_feedback(account, row.text) for row in read_comments("train", "en")[:150]]
    give_vectors(rows)
    assert propose_topics() >= 1
    assert propose_topics() == 0
    topic = Topic.objects.filter(words__contains=["barcode"]).get()
    theme = accept_topic(actor=manager, topic=topic, name="Barcodes", department=None, parent=None)
    assert FeedbackTheme.objects.filter(theme=theme).count() == topic.size
    assert undo_last(manager)
    topic.refresh_from_db()
    assert topic.state == Topic.State.PROPOSED
    assert not FeedbackTheme.objects.filter(theme=theme).exists()
    assert dismiss_topic(actor=manager, topic=topic)
    assert not dismiss_topic(actor=manager, topic=topic)
    propose_topics()
    assert not Topic.objects.filter(state=Topic.State.PROPOSED, words__contains=["barcode"]).exists()


def test_merging_moves_what_is_tagged_and_comes_back(manager: User) -> None:
    feedback = make_feedback(make_account(), "Words")
    old, new = (Theme.objects.create(slug=slug, name=slug) for slug in ("old", "new"))
    FeedbackTheme.objects.create(feedback=feedback, theme=old)
    assert merge_themes(actor=manager, theme=old, into=new) == 1
    old.refresh_from_db()
    assert old.retired_at is not None
    assert feedback.tags.get().theme == new
    assert undo_last(manager)
    old.refresh_from_db()
    assert old.retired_at is None
    assert feedback.tags.get().theme == old


def test_the_tree_has_two_levels(manager: User) -> None:
    top = create_theme(actor=manager, name="Top", parent=None, department=None, keywords={})
    leaf = create_theme(actor=manager, name="Leaf", parent=top, department=None, keywords={})
    with pytest.raises(BadTree):
        create_theme(actor=manager, name="Deeper", parent=leaf, department=None, keywords={})
    assert retire_theme(actor=manager, theme=leaf)
    assert not retire_theme(actor=manager, theme=leaf)


def test_the_page_shows_the_tree_and_hides_what_is_not_mine(as_csm: Client, csm: User, stranger: User) -> None:
    ensure_default_themes()
    theirs = make_feedback(make_account(csm=stranger), "Words of another book")
    make_topic(feedback=(theirs,))
    page = as_csm.get(reverse("themes"))
    assert page.status_code == 200
    assert "Handover from sales" in page.content.decode()
    assert "Words of another book" not in page.content.decode()


def test_a_correction_in_place(as_csm: Client, csm: User) -> None:
    ensure_default_themes()
    feedback = make_feedback(make_account(csm=csm), "The invoice was wrong again.")
    understand_waiting()
    assert "How sure the reading is" in as_csm.get(reverse("feedback_page", args=[feedback.pk])).content.decode()
    url = reverse("feedback_correct", args=[feedback.pk])
    assert as_csm.get(url).status_code == 200
    pricing = Theme.objects.get(slug="pricing")
    assert as_csm.post(url, {"label": "mixed", "add": pricing.pk, "language": "en"}).status_code == 302
    feedback.refresh_from_db()
    assert feedback.label == "mixed"
    assert feedback.tags.filter(theme=pricing, is_by_person=True).exists()
    assert as_csm.post(url, {"label": "nonsense"}).status_code == 422
