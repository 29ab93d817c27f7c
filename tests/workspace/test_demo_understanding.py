"""The demo world's understanding: accuracy with figures, and topics that no theme covers."""

import pytest

from team.models import User
from voc.models import Correction, FeedbackTheme, Topic
from voc.selectors.understanding import read_accuracy, read_topics, read_tree
from voc.services.understanding.topics import propose_topics
from workspace.demo.understanding import write_understanding
from workspace.demo.world import make_world

pytestmark = pytest.mark.django_db


def test_themes_and_accuracy_look_like_months_of_work() -> None:
    make_world(accounts=70, seed=7)
    manager = User.objects.get(email="manager@example.com")
    one, other = sorted((set(card.topic.words) for card in read_topics(manager)), key=lambda words: "barcode" in words)
    assert {"holidays", "calendar"} <= one
    assert "barcode" in other
    figures = {one.name: one for one in read_accuracy()}
    assert figures["sentiment en"].words
    assert 0.6 < figures["sentiment en"].right / figures["sentiment en"].n < 1
    assert sum(line.by_people for group in read_tree(manager) for line in (group.line, *group.lines)) > 0
    assert FeedbackTheme.objects.filter(is_by_person=True).exists()
    assert write_understanding(seed=7) == 0
    # The sweep finds the same again: nothing is made up beside what was said.
    assert propose_topics() == 0
    assert Topic.objects.filter(state=Topic.State.PROPOSED).count() == 2
    assert Correction.objects.filter(at__isnull=False).count() > 50
