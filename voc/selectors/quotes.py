"""What somebody may read of a quote: customers' words as they are, or with personal data blotted out."""

from collections.abc import Iterator

from team.models import Role, User
from voc.formulas.evidence import Stretch, stretches
from voc.formulas.masking import mask_personal, mask_with_spans
from voc.models import Feedback


def is_masked_for(user: User) -> bool:
    """SECURITY: department members answer for a matter, not for a person: they read no addresses and numbers. Success,
    managers and viewers read the words as they are."""
    return bool(user.role == Role.MEMBER)


def words_for(user: User, text: str) -> str:
    """The words as this person may read them."""
    return mask_personal(text) if is_masked_for(user) else text


def quote_for(user: User, feedback: Feedback) -> str:
    """What was said, as this person may read it; on pages, in files and in the API."""
    return words_for(user, feedback.text)


def evidence_for(user: User, feedback: Feedback) -> list[Stretch]:
    """The quote with the words marked that its sentiment rests on."""
    spans = list(_sentiment_spans(feedback))
    text, places = feedback.text, [(start, end) for start, end, _weight in spans]
    if is_masked_for(user):
        text, places = mask_with_spans(text, places)
    return stretches(text, [(*place, span[2]) for place, span in zip(places, spans, strict=True)])


def author_for(user: User, feedback: Feedback) -> str:
    """Who said it; a name that was typed may hold an address."""
    return feedback.contact.name if feedback.contact else words_for(user, feedback.author)


def _sentiment_spans(feedback: Feedback) -> Iterator[tuple[int, int, float]]:
    for span in feedback.sentiment_spans or []:
        if len(span) == 3:
            start, end, weight = span
            yield int(start), int(end), float(weight)
