"""Whom praise is for: the colleague whom the words name, or who answered the ticket."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from accounts.models import Ticket
from team.models import Department, User
from voc.models import Feedback

SHORTEST = 3
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


def named_agent(feedback: Feedback, department: Department) -> User | None:
    """An active member of the department: first whom the words name, else who had the ticket that they come from.

    A full name counts before a first name, and a first name only where one member alone has it. At most two queries.
    """
    members = list(User.objects.filter(memberships__department=department, is_active=True).order_by("pk"))
    if not members:
        return None
    return named_in(feedback.text, members) or _of_ticket(feedback, members)


def named_in(text: str, members: Iterable[User]) -> User | None:
    """Whom the text names; the first of several."""
    said, people = _plain(text), list(members)
    by_name = [(place, person) for person in people if (place := _place(said, _plain(person.name))) >= 0]
    if by_name:
        return min(by_name, key=lambda one: one[0])[1]
    first_names = Counter(_first(person) for person in people)
    by_first = [
        (place, person)
        for person in people
        if len(_first(person)) >= SHORTEST
        and first_names[_first(person)] == 1
        and (place := _place(said, _first(person))) >= 0
    ]
    return min(by_first, key=lambda one: one[0])[1] if by_first else None


def _of_ticket(feedback: Feedback, members: list[User]) -> User | None:
    number = feedback.external_id or ""
    if feedback.source_system != "ticket" or not number.isdigit():
        return None
    agent = Ticket.objects.filter(pk=number).values_list("agent", flat=True).first() or ""
    return agent_of(agent, members)


def agent_of(agent: str, members: Iterable[User]) -> User | None:
    """The member whom a ticket calls its agent, by name or address."""
    wanted = _plain(agent)
    return next((one for one in members if wanted and wanted in {_plain(one.name), one.email.casefold()}), None)


def _first(person: User) -> str:
    return _plain(person.name).split(" ", maxsplit=1)[0]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _place(text: str, name: str) -> int:
    """Where a name stands in a text as a word of its own; -1 where it does not. Scripts without spaces: anywhere."""
    if len(name) < 2:
        return -1
    if not _LATIN.search(name):
        return text.find(name)
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return found.start() if found else -1
