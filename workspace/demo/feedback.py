"""Unasked feedback in the demo world: tickets, calls, mails, chats, posts, reviews and the standing link."""

import datetime as dt
import random
from collections.abc import Mapping

from accounts.models import Account, Contact
from team.clock import now
from voc.formulas.duplicates import fingerprint
from voc.formulas.ratings import as_given, on_ten
from voc.models import Feedback, FeedbackTheme, Theme
from voc.services.inbox.gathering import gather_from_now_on
from workspace.demo.said import PUBLIC, SAID, Posted, Said
from workspace.demo.troubles import likeness

# However large the world is: an inbox of some thousand pieces says all there is to say.
MOST_ACCOUNTS = 2_000
STARS = (1, 5)
SEEN_AFTER = dt.timedelta(days=3)
SOUR, SWEET = -0.15, 0.3
ANSWERED_BY = "demo"


def write_feedback(*, seed: int, moods: Mapping[int, float | None]) -> int:
    """A piece or two for every other account, repeats among them, and posts of people whom nobody knows.

    The tickets and touches of the demo stay what they are: the sweep takes in only what comes from now on.
    """
    rng = random.Random(f"{seed}:feedback")
    themes = dict(Theme.objects.values_list("slug", "pk"))
    people = _first_people()
    rows: list[tuple[Feedback, tuple[str, ...]]] = []
    for account in Account.objects.order_by("pk").select_related("summary")[:MOST_ACCOUNTS]:
        contact = people.get(account.pk)
        mood = moods.get(account.pk)
        if contact is None or mood is None or rng.random() < 0.45:
            continue
        likely = [likeness(mood, said.sentiment) for said in SAID]
        for said in rng.choices(SAID, likely, k=1 if rng.random() < 0.7 else 2):
            rows.append((_piece(rng, said, account, contact, len(rows)), said.themes))
    rows += [(_post(rng, post, number), post.themes) for number, post in enumerate(PUBLIC)]
    Feedback.objects.bulk_create([row for row, _slugs in rows], batch_size=1000)
    FeedbackTheme.objects.bulk_create(
        [
            FeedbackTheme(feedback=row, theme_id=themes[slug], start=0, end=len(row.text), confidence=0.8)
            for row, slugs in rows
            for slug in slugs
            if slug in themes
        ],
        batch_size=2000,
    )
    again = _repeats(rng, [row for row, _slugs in rows if row.account_id and not row.is_handled])
    Feedback.objects.bulk_create(again)
    gather_from_now_on()
    return len(rows) + len(again)


def _first_people() -> dict[int, Contact]:
    """One person of each account."""
    ids = Account.objects.order_by("pk").values_list("pk", flat=True)[:MOST_ACCOUNTS]
    rows = Contact.objects.filter(account__in=list(ids)).order_by("account", "pk").distinct("account")
    return {contact.account_id: contact for contact in rows}


def _piece(rng: random.Random, said: Said, account: Account, contact: Contact, number: int) -> Feedback:
    language = contact.language[:2]
    at = now() - dt.timedelta(minutes=rng.randint(20, 24 * 60 * (9 if rng.random() < 0.6 else 60)))
    feedback = _read(said.text.get(language, said.text["en"]), language, said.sentiment, at)
    feedback.account, feedback.contact, feedback.persona = account, contact, contact.persona
    feedback.stage = account.summary.stage
    feedback.source, feedback.external_id = said.source, f"said:{number}"
    feedback.is_handled = now() - at > SEEN_AFTER
    return feedback


def _post(rng: random.Random, post: Posted, number: int) -> Feedback:
    at = now() - dt.timedelta(minutes=rng.randint(60, 5 * 24 * 60))
    feedback = _read(post.text, post.language, post.sentiment, at)
    feedback.source, feedback.external_id = post.source, f"post:{number}"
    feedback.author, feedback.url = post.author, post.url
    if post.stars is not None:
        feedback.score, feedback.score_given = on_ten(post.stars, STARS), as_given(post.stars, STARS)
    return feedback


def _read(text: str, language: str, sentiment: float, at: dt.datetime) -> Feedback:
    """A piece as the worker leaves it."""
    label = Feedback.Label.NEUTRAL
    if sentiment < SOUR:
        label = Feedback.Label.NEGATIVE
    elif sentiment > SWEET:
        label = Feedback.Label.POSITIVE
    return Feedback(
        text=text,
        fingerprint=fingerprint(text),
        language=language,
        sentiment=round(sentiment, 3),
        label=label,
        confidence=0.8,
        source_system=ANSWERED_BY,
        received_at=at,
        understood_at=at,
    )


def _repeats(rng: random.Random, firsts: list[Feedback]) -> list[Feedback]:
    """Some say it twice: the same words by mail, and nearly the same ones in a chat."""
    again = []
    for number, first in enumerate(firsts[::4]):
        is_same = number % 2 == 0
        text = first.text if is_same else first.text.rstrip(".。?？") + "!!"
        later = first.received_at + dt.timedelta(minutes=rng.randint(3, 15))
        copy = _read(text, first.language, float(first.sentiment or 0), later)
        copy.account_id, copy.contact_id, copy.persona = first.account_id, first.contact_id, first.persona
        copy.stage, copy.external_id = first.stage, f"again:{number}"
        copy.source = Feedback.Source.MAIL if first.source != Feedback.Source.MAIL else Feedback.Source.CHAT
        copy.duplicate_of = first
        again.append(copy)
    return again
