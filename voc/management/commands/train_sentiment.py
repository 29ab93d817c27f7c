"""Make voc/data/sentiment.npz anew from public sentences and our own comments."""

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from voc.formulas.understanding.datasets import read_comments, read_public
from voc.formulas.understanding.features import LANGUAGES
from voc.formulas.understanding.fitting import Labelled, fit
from voc.formulas.understanding.held_back import is_held_back
from voc.formulas.understanding.lexicons import DATA


class Command(BaseCommand):
    help = (
        "Train the sentiment of English, Danish and Chinese; the same data gives the same weights. DIR holds "
        "vader_*.tsv and uci_*.tsv (docs/understanding.md names sources and licences)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="the folder of the public sets")
        parser.add_argument("--to", type=Path, default=DATA / "sentiment.npz")

    def handle(self, *args: Any, **options: Any) -> None:
        public = [row for row in read_public(options["data"]) if not is_held_back(row.text)]
        if not public:
            raise CommandError(f"no public sets in {options['data']}")
        sentences = Labelled([row.text for row in public], np.array([row.sign for row in public]))
        parts: dict[str, Any] = {}
        for language in LANGUAGES:
            rows = [row for part in ("train", "tune") for row in read_comments(part, language)]
            own = Labelled([row.text for row in rows], np.array([row.sign for row in rows]))
            parts |= fit(language, own, sentences if language == "en" else None)
            self.stdout.write(f"{language}: {len(rows)} own comments, {len(public) if language == 'en' else 0} public")
        np.savez_compressed(options["to"], **parts)
        self.stdout.write(f"{options['to'].name}: {options['to'].stat().st_size:,} bytes")
