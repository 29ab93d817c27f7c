"""People out of a file: mail addresses or contact ids, pasted or uploaded."""

import csv
import io
import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Lower

from accounts.models import Account, Contact
from team.models import User

MOST_ROWS = 20_000
# So many rows that match nobody are kept to be shown.
MOST_SHOWN = 200
_COLUMNS = ("email", "e-mail", "e_mail", "mail", "email_address", "contact_id", "contact", "id")
_SPLIT = re.compile(r"[\s,;]+")


class TooManyRows(ValueError):
    """More rows than one wave takes."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The contacts behind a file, and the rows that match nobody whom the person may write to."""

    contact_ids: list[int]
    unmatched: list[str] = field(default_factory=list)
    unmatched_count: int = 0
    rows: int = 0

    def as_audience(self) -> dict[str, Any]:
        """What a wave keeps of it."""
        return {
            "kind": "file",
            "contacts": self.contact_ids,
            "unmatched": self.unmatched,
            "unmatched_count": self.unmatched_count,
            "rows": self.rows,
        }


def read_rows(text: str) -> list[str]:
    """The mail addresses or ids of a pasted text or a CSV: the column that is named like one, else each word.

    Raises TooManyRows.
    """
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    found = _column(lines) if lines else []
    if found is None:
        found = [word for line in lines for word in _SPLIT.split(line) if word]
    if len(found) > MOST_ROWS:
        raise TooManyRows
    return found


def _column(lines: list[str]) -> list[str] | None:
    """The values below a header that names a column of ours; None when the first line is no such header."""
    delimiter = max(",;\t", key=lines[0].count)
    names = [name.strip().strip('"').lower() for name in lines[0].split(delimiter)]
    place = next((names.index(known) for known in _COLUMNS if known in names), None)
    if place is None:
        return None
    rows = csv.reader(io.StringIO("\n".join(lines[1:])), delimiter=delimiter)
    return [row[place].strip() for row in rows if len(row) > place and row[place].strip()]


def match_people(*, user: User, rows: list[str]) -> Matched:
    """Find the people at accounts that the user may write to: by number, else by mail address in any spelling.

    A mail address that stands at several accounts finds each of them; the draw asks an address once. Two queries.
    """
    people = Contact.objects.filter(account__in=Account.objects.editable_by(user))
    numbers = {int(row) for row in rows if row.isascii() and row.isdecimal() and len(row) < 18}
    mails = {row.lower() for row in rows if "@" in row}
    by_number = set(people.filter(pk__in=numbers).values_list("pk", flat=True))
    by_mail: dict[str, list[int]] = {}
    low = people.annotate(low=Lower("email")).filter(low__in=mails)
    for pk, mail in low.order_by("pk").values_list("pk", "low"):
        by_mail.setdefault(mail, []).append(pk)
    ids: dict[int, None] = {}
    missing: dict[str, None] = {}
    for row in rows:
        if row.isascii() and row.isdecimal() and int(row) in by_number:
            ids[int(row)] = None
        elif found := by_mail.get(row.lower()):
            ids |= dict.fromkeys(found)
        else:
            missing[row[:120]] = None
    return Matched(list(ids), list(missing)[:MOST_SHOWN], len(missing), len(rows))
