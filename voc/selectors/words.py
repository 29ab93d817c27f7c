"""What we have in somebody's own words."""

from dataclasses import dataclass

from accounts.models import Contact
from voc.models import Answer, Feedback


@dataclass(frozen=True)
class Words:
    """How many answers and pieces of feedback hold words of a person; the newest of them."""

    answers: int
    pieces: int
    newest: list[Feedback]

    @property
    def is_empty(self) -> bool:
        """Nothing is left."""
        return not self.answers and not self.pieces


SHOWN = 5


def words_of(contact: Contact) -> Words:
    """Of one contact; three queries."""
    feedback = Feedback.objects.filter(contact=contact).exclude(text="").order_by("-received_at", "-pk")
    answers = Answer.objects.filter(response__contact=contact).exclude(text="")
    return Words(answers=answers.count(), pieces=feedback.count(), newest=list(feedback[:SHOWN]))
