"""How well the demo's feedback was understood: what people corrected, and what keeps coming up without a theme."""

import datetime as dt
import random

from django.db.models import Exists, OuterRef

from accounts.models import Account, Contact
from team.clock import now
from team.models import User
from voc.formulas.duplicates import fingerprint
from voc.formulas.understanding.embeddings import NAME as EMBEDDING
from voc.formulas.understanding.embeddings import embed, pack
from voc.formulas.understanding.reading import READ_BY
from voc.models import Correction, Feedback, FeedbackTheme, FeedbackVector
from voc.services.understanding.correcting import is_held_back
from voc.services.understanding.topics import propose_topics
from workspace.demo.feedback import SEEN_AFTER
from workspace.demo.sheets import Sheet, move_sequences, next_free_id
from workspace.demo.unthemed import RECURRING, SINGLE

# However large the world is, a team corrects some hundred pieces in its first months.
MOST_CORRECTED = 600
# How often a person who looks finds the mood, the language and a theme as they were read.
MOOD_RIGHT, LANGUAGE_RIGHT, THEME_RIGHT = 0.9, 0.97, 0.82
OTHER_MOODS = {"negative": "neutral", "neutral": "negative", "positive": "neutral", "mixed": "negative"}
WHO = ("csm@example.com", "manager@example.com", "product@example.com")


def write_understanding(*, seed: int) -> int:
    """Corrections of what was read, and topics that no theme covers; returns how many corrections. Made once."""
    if Correction.objects.exists():
        return 0
    rng = random.Random(f"{seed}:understanding")
    _write_unthemed(rng)
    propose_topics()
    return _write_corrections(rng)


def _write_unthemed(rng: random.Random) -> None:
    """Pieces without a theme, with the vectors that the worker would have written."""
    ids = list(Account.objects.order_by("pk").values_list("pk", flat=True)[:200])
    people = list(Contact.objects.filter(account__in=ids, email__gt="").order_by("account", "-pk").distinct("account"))
    texts = [text for topic in RECURRING for text in topic] + list(SINGLE)
    places = rng.sample(people, k=min(len(texts), len(people)))
    rows = []
    for number, text in enumerate(texts if places else ()):
        person = places[number % len(places)]
        at = now() - dt.timedelta(minutes=rng.randint(600, 55 * 24 * 60))
        rows.append(
            Feedback(
                account_id=person.account_id,
                contact=person,
                persona=person.persona,
                source=rng.choice((Feedback.Source.CALL, Feedback.Source.MAIL, Feedback.Source.CHAT)),
                text=text,
                fingerprint=fingerprint(text),
                language="en",
                sentiment=0,
                label=Feedback.Label.NEUTRAL,
                confidence=0.7,
                source_system="demo",
                external_id=f"unthemed:{number}",
                received_at=at,
                understood_at=at,
                understood_by=READ_BY,
                is_handled=now() - at > SEEN_AFTER,
            )
        )
    Feedback.objects.bulk_create(rows)
    vectors = [
        FeedbackVector(feedback=row, made_by=EMBEDDING, values=pack(vector))
        for row, vector in zip(rows, embed([row.text for row in rows]), strict=True)
    ]
    FeedbackVector.objects.bulk_create(vectors)


def _write_corrections(rng: random.Random) -> int:
    """People agree mostly, and say what is right where they do not."""
    people = dict(User.objects.filter(email__in=WHO).values_list("email", "pk"))
    by = [people[email] for email in WHO if email in people]
    pieces = Feedback.objects.exclude(label="").exclude(text="").filter(understood_at__isnull=False)
    found = list(pieces.order_by("-received_at", "pk").only("pk", "label", "language", "received_at")[:MOST_CORRECTED])
    tags: dict[int, list[int]] = {}
    for feedback_id, theme_id in FeedbackTheme.objects.filter(feedback__in=found).values_list("feedback", "theme"):
        tags.setdefault(feedback_id, []).append(theme_id)
    everything = sorted({theme for themes in tags.values() for theme in themes})
    sheet = Sheet(Correction, first_id=next_free_id(Correction))
    corrected: list[int] = []
    for row in found:
        at = min(row.received_at + dt.timedelta(hours=rng.randint(1, 70)), now())
        common = {
            "feedback_id": row.pk,
            "read_by": READ_BY,
            "is_held_back": is_held_back(row.pk),
            "by_id": rng.choice(by),
            "at": at,
        }
        was = row.label if rng.random() < MOOD_RIGHT else OTHER_MOODS.get(row.label, row.label)
        sheet.add(**common, about=Correction.About.LABEL, was=was, now=row.label)
        if was != row.label:
            corrected.append(row.pk)
        if rng.random() < 0.3:
            spoke = row.language if rng.random() < LANGUAGE_RIGHT else "no"
            sheet.add(**common, about=Correction.About.LANGUAGE, was=spoke, now=row.language)
        for theme in tags.get(row.pk, ()):
            said = "yes" if rng.random() < THEME_RIGHT else "no"
            sheet.add(**common, about=Correction.About.THEME, theme_id=theme, was=said, now="yes")
        if everything and rng.random() < 0.1 and (wrong := rng.choice(everything)) not in tags.get(row.pk, ()):
            sheet.add(**common, about=Correction.About.THEME, theme_id=wrong, was="yes", now="no")
    sheet.flush()
    move_sequences([sheet])
    Feedback.objects.filter(pk__in=corrected).update(is_label_by_person=True, confidence=None)
    added = Correction.objects.filter(feedback=OuterRef("feedback"), theme=OuterRef("theme"), was="no", now="yes")
    FeedbackTheme.objects.filter(Exists(added)).update(is_by_person=True, confidence=None)
    return sheet.written
