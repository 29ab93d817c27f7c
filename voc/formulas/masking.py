"""Personal data in what customers wrote, blotted out before other departments read it.

Mail addresses, telephone numbers, card numbers, account numbers (IBAN) and personal ids become marks of what stood
there; names, dates, amounts, versions and ticket numbers stay readable. Masking what is masked changes nothing.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MARKS = {"mail": "[mail]", "phone": "[phone]", "card": "[card]", "iban": "[iban]", "id": "[id]"}

_LETTERS = "A-Za-zÀ-ɏͰ-ԯ"
_MAIL = re.compile(rf"[{_LETTERS}0-9._%+'-]+@[{_LETTERS}0-9-]+(?:\.[{_LETTERS}0-9-]+)+")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}")
_SHORTEST_IBAN, _LONGEST_IBAN = 15, 34
# Runs of digits in groups of any size, as card numbers are written.
_RUN = re.compile(r"(?<!\d)\d(?:[ .-]?\d){12,}")
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
_DAY, _MONTH = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_IDS = re.compile(
    rf"(?<![\d-]){_DAY}{_MONTH}\d\d ?-? ?\d{{4}}(?!\d)"  # Denmark
    rf"|(?<!\d)\d{{6}}(?:19|20)\d\d{_MONTH}{_DAY}\d{{3}}[\dXx](?!\d)"  # China
    r"|(?<![\d-])\d{3}-\d\d-\d{4}(?![\d-])"  # United States
)
_PHONES = re.compile(
    r"(?<![\w+])(?:\+|00)[1-9](?:[ .()/-]{0,3}\d){6,14}(?!\d)"  # international
    r"|(?<![\d.,-])1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"  # China, mobile
    r"|(?<![\d.,-])400[ -]?\d{3}[ -]?\d{4}(?!\d)"  # China, service
    r"|(?<![\w.,#/-])(?:\d\d[ .-]){3}\d\d(?![\d.,]?\d)"  # Denmark, in pairs
    r"|(?<![\w.,#/-])[2-9]\d{3} \d{4}(?![\d.,]?\d)"
    r"|(?<![\w.,#/-])[2-9]\d{7}(?![\w.,-]?\d)"
    r"|(?<![\w.,#/-])\(?0\d{1,5}\)?[ /.-]{0,3}\d{2,}(?:[ .-]?\d{2,}){0,4}(?!\d)"  # with a trunk zero
    r"|(?<![\w.,#/-])\(?[2-9]\d\d\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d)"  # North America
)  # fmt: skip
_DATE = re.compile(r"\d{1,2}[./ -]\d{1,2}[./ -]\d{2,4}|\d{4}[./ -]\d{1,2}[./ -]\d{1,2}")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 16
# Signs of other scripts that stand for those of ASCII; one for one, so that places in the text stay.
_SAME = str.maketrans("＠＋－‐‑–．\u00a0\u202f\u3000", "@+----.   ")


class Masked(NamedTuple):
    """One place to be masked: `text[start:end]` is a `kind` of MARKS."""

    start: int
    end: int
    kind: str


def find_personal(text: str) -> list[Masked]:
    """Where personal data stands, from left to right; places never overlap."""
    shadow = _shadow(text)
    found: list[Masked] = []
    for kind, places in (
        ("mail", ((hit.start(), hit.end()) for hit in _MAIL.finditer(shadow))),
        ("iban", _ibans(shadow)),
        ("id", ((hit.start(), hit.end()) for hit in _IDS.finditer(shadow))),
        ("card", _cards(shadow)),
        ("phone", _phones(shadow)),
    ):
        for start, end in places:
            if all(end <= other.start or start >= other.end for other in found):
                found.append(Masked(start, end, kind))
    return sorted(found)


def mask_personal(text: str) -> str:
    """The text with a mark in place of everything that names or reaches a person. Idempotent."""
    return mask_with_spans(text, ())[0]


def mask_with_spans(text: str, spans: Iterable[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The masked text, and where spans of the original stand in it; one that touches a mark covers the mark."""
    pieces: list[str] = []
    places = list(spans)
    moved = [list(place) for place in places]
    at = shift = 0
    for start, end, kind in find_personal(text):
        mark = MARKS[kind]
        pieces += [text[at:start], mark]
        for place, (first, last) in zip(moved, places, strict=True):
            if first >= end:
                place[0] = first + shift + len(mark) - (end - start)
            elif first > start:
                place[0] = start + shift
            if last >= end:
                place[1] = last + shift + len(mark) - (end - start)
            elif last > start:
                place[1] = start + shift + len(mark)
        shift += len(mark) - (end - start)
        at = end
    return "".join([*pieces, text[at:]]), [(first, last) for first, last in moved]


def _shadow(text: str) -> str:
    """The text with digits and signs of every script written in ASCII; equally long."""
    plain = text.translate(_SAME)
    if plain.isascii():
        return plain
    return "".join(
        str(unicodedata.decimal(letter)) if not letter.isascii() and letter.isdecimal() else letter for letter in plain
    )


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """Account numbers whose check digits are right (ISO 13616: the rest of 97 is 1)."""
    for hit in _IBAN_START.finditer(text):
        signs, best, at = "", 0, hit.start()
        while at < len(text) and len(signs) < _LONGEST_IBAN:
            letter = text[at]
            if letter in " -" and at and text[at - 1] not in " -":
                at += 1
                continue
            if not (letter.isascii() and letter.isalnum()):
                break
            signs += letter
            at += 1
            ends = at == len(text) or not (text[at].isascii() and text[at].isalnum())
            if ends and len(signs) >= _SHORTEST_IBAN and _is_iban(signs):
                best = at
        if best:
            yield hit.start(), best


def _is_iban(signs: str) -> bool:
    turned = signs[4:] + signs[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Runs of 13 to 19 digits that pass the Luhn test, also with other groups of digits before or after them."""
    for run in _RUN.finditer(text):
        groups = [
            (run.start() + group.start(), run.start() + group.end(), group.group())
            for group in re.finditer(r"\d+", run.group())
        ]
        first = 0
        while first < len(groups):
            last = _last_of_card(groups, first)
            if last is not None:
                yield groups[first][0], groups[last][1]
            first = first + 1 if last is None else last + 1


def _last_of_card(groups: list[tuple[int, int, str]], first: int) -> int | None:
    for last in range(len(groups) - 1, first - 1, -1):
        digits = "".join(group[2] for group in groups[first : last + 1])
        if _SHORTEST_CARD <= len(digits) <= _LONGEST_CARD and _is_luhn(digits):
            return last
    return None


def _is_luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    total = sum(int(digit) for digit in digits[::-2]) + sum(twice - 9 if twice > 9 else twice for twice in doubled)
    return total % 10 == 0 and len(set(digits)) > 1


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for hit in _PHONES.finditer(text):
        written = hit.group()
        digits = "".join(letter for letter in written if letter.isdigit())
        if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
            continue
        if _DATE.fullmatch(written) or (written.isdigit() and _is_day(digits)):
            continue
        yield hit.start(), hit.end()


def _is_day(digits: str) -> bool:
    """Eight digits that are a day of our time, 20260131 or 31012026."""
    for text in (digits, digits[4:] + digits[2:4] + digits[:2]):
        try:
            if len(text) == 8 and 1990 <= dt.date(int(text[:4]), int(text[4:6]), int(text[6:])).year <= 2100:
                return True
        except ValueError:
            continue
    return False
