"""Read texts from a file, one per line, and print what they say."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from voc.formulas.understanding.reading import Reading, ThemeReader, read_texts
from voc.models import Theme
from voc.services.starter_themes import THEMES
from voc.services.understanding.reading import theme_readers

BATCH = 500


class Command(BaseCommand):
    help = "Read one text per line (- for standard input) and print a JSON line for each."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")

    def handle(self, *args: Any, **options: Any) -> None:
        readers, names = known_themes()
        if options["file"] == "-":
            self.read(sys.stdin, readers, names)
        else:
            with Path(options["file"]).open(encoding="utf-8") as lines:
                self.read(lines, readers, names)

    def read(self, lines: Iterable[str], readers: list[ThemeReader], names: dict[int, str]) -> None:
        """One line out for each line in."""
        for batch in in_batches(line.rstrip("\r\n") for line in lines):
            for text, reading in zip(batch, read_texts(batch, themes=readers), strict=True):
                self.stdout.write(json.dumps(as_json(text, reading, names), ensure_ascii=False))


def known_themes() -> tuple[list[ThemeReader], dict[int, str]]:
    """The themes of this installation; the starter tree where there are none or no database."""
    try:
        names = dict(Theme.objects.values_list("pk", "slug"))
        if names:
            return theme_readers(), names
    except DatabaseError:
        pass
    starters = list(THEMES.items())
    return [ThemeReader(at, one.keywords) for at, (_slug, one) in enumerate(starters)], {
        at: slug for at, (slug, _one) in enumerate(starters)
    }


def in_batches(lines: Iterator[str]) -> Iterator[list[str]]:
    """Lists of at most 500 lines; empty lines are texts too, so that lines of both files go together."""
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def as_json(text: str, reading: Reading, names: dict[int, str]) -> dict[str, Any]:
    """One line: themes by slug, surest first; evidence with its place, `of` is sentiment or the theme."""
    mood = reading.mood
    evidence: list[dict[str, Any]] = [
        {"of": "sentiment", "text": text[start:end], "start": start, "end": end, "weight": weight}
        for start, end, weight in mood.spans
    ]
    evidence += [
        {"of": names[one.key], "text": text[one.start : one.end], "start": one.start, "end": one.end}
        | {"weight": one.confidence}
        for one in reading.themes
        if one.start is not None
    ]
    return {
        "language": reading.language,
        "sentiment": mood.value,
        "label": mood.label,
        "confidence": mood.confidence,
        "themes": [names[one.key] for one in reading.themes],
        "evidence": evidence,
    }
