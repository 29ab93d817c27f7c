"""Makers of what understanding needs."""

import numpy as np

from voc.formulas.understanding.embeddings import WIDTH, embed, pack
from voc.models import Feedback, FeedbackVector, Topic


def make_topic(*, words: tuple[str, ...] = ("barcode", "scanner"), feedback: tuple[Feedback, ...] = ()) -> Topic:
    """A proposed topic."""
    centre = np.zeros(WIDTH, dtype=np.float32)
    centre[0] = 1
    topic = Topic.objects.create(words=list(words), language="en", size=9, cohesion=0.7, centre=pack(centre))
    topic.feedback.set(feedback)
    return topic


def give_vectors(rows: list[Feedback]) -> None:
    """Vectors of their texts, as reading leaves them."""
    vectors = embed([row.text for row in rows])
    FeedbackVector.objects.bulk_create(
        FeedbackVector(feedback=row, made_by="test", values=pack(vectors[at])) for at, row in enumerate(rows)
    )
