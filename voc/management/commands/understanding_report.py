"""The card of understanding: what it was measured on and how good it is, in this installation, now."""

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from voc.formulas.understanding.datasets import Sentence, read_comments, read_public, read_typed
from voc.formulas.understanding.embeddings import NAME, embed
from voc.formulas.understanding.features import LANGUAGES
from voc.formulas.understanding.held_back import is_held_back
from voc.formulas.understanding.language import ENOUGH_LETTERS, language_of
from voc.formulas.understanding.measuring import bootstrap, macro_f1, measure_signs, measure_themes, wilson
from voc.formulas.understanding.sentiment import CLASSES, read_moods
from voc.formulas.understanding.sentiment import NAME as SENTIMENT
from voc.selectors.understanding import read_accuracy
from voc.services.starter_themes import THEMES

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "feedback"
OTHERS = {"en": "en", "es": "es", "fr": "fr", "jp": "ja"}
VADER_FROM = 0.05


class Command(BaseCommand):
    help = "Print the card: sets, sizes, figures with 95 % intervals, agreement with people's corrections."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, default=DATA, help="the folder of the public sets, where there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Models: {SENTIMENT}, {NAME}, py3langid. 95 % intervals: Wilson for shares, else bootstrap.")
        self.own()
        self.public(options["data"])
        self.people()

    def own(self) -> None:
        """What always runs: our own comments."""
        self.stdout.write("\nOur own comments of software customers (test parts, never trained on)")
        keywords = {slug: one.keywords for slug, one in THEMES.items()}
        for language in LANGUAGES:
            signs = measure_signs(language)
            self.stdout.write(f"  {language} sign right (negative, neutral, positive): {signs.three}")
            self.stdout.write(f"  {language} label right (with mixed): {signs.four}")
            self.stdout.write(f"  {language} turned to the opposite: {signs.turned}")
            self.stdout.write(
                f"  {language} main theme from 10 corrections each, macro-F1: {measure_themes(language, keywords)}"
            )
            texts = [row.text for row in read_comments("test", language)]
            self._language(f"{language} language right, 25 letters or more", language, texts)

    def public(self, folder: Path) -> None:
        """Sets that are not part of the project."""
        sentences = [row for row in read_public(folder) if is_held_back(row.text)]
        if not sentences:
            self.stdout.write(f"\nPublic sets: not found in {folder}")
            return
        self.stdout.write("\nPublic sets (see docs/understanding.md)")
        self._against_vader(sentences)
        complaints = [text for tag, text in read_typed(folder, "en") if tag == "complaint"]
        moods = read_moods(complaints, ["en"] * len(complaints), embed(complaints))
        share = wilson(sum(mood.label == "positive" for mood in moods), len(moods))
        self.stdout.write(f"  complaints called positive: {share}")
        for code, language in OTHERS.items():
            self._language(f"{language} language right", language, [text for _tag, text in read_typed(folder, code)])

    def people(self) -> None:
        """How often people agreed with what was read here."""
        self.stdout.write("\nAgreement with people's corrections (pieces held back)")
        try:
            rows = read_accuracy()
        except DatabaseError:
            self.stdout.write("  no database to ask")
            return
        for row in rows:
            self.stdout.write(f"  {row.name}: {wilson(row.right, row.n)}")
        if not rows:
            self.stdout.write("  nobody has corrected anything yet")

    def _language(self, name: str, language: str, texts: list[str]) -> None:
        long = [text for text in texts if sum(map(str.isalpha, text)) >= ENOUGH_LETTERS or language in ("zh", "ja")]
        right = sum(language_of(text) == language for text in long)
        self.stdout.write(f"  {name}: {wilson(right, len(long))}")

    def _against_vader(self, sentences: list[Sentence]) -> None:
        """Three classes: ours from the label (mixed and unrated are neutral), VADER's from its compound of 0.05."""
        truth = np.array([row.sign for row in sentences])
        texts = [row.text for row in sentences]
        number = {name: min(at, 3) for at, name in enumerate(CLASSES)} | {"mixed": 1, "unrated": 1}
        ours = np.array([number[mood.label] for mood in read_moods(texts, ["en"] * len(texts), embed(texts))])
        vader = SentimentIntensityAnalyzer()
        values = np.array([vader.polarity_scores(text)["compound"] for text in texts])
        theirs = np.where(values >= VADER_FROM, 2, np.where(values <= -VADER_FROM, 0, 1))
        for name, said in (("ours", ours), ("VADER alone", theirs)):
            figure = bootstrap(len(texts), lambda at, said=said: macro_f1(truth[at], said[at]))  # type: ignore[misc]
            self.stdout.write(f"  three classes, held-back fifth, macro-F1, {name}: {figure}")
        gain = bootstrap(len(texts), lambda at: macro_f1(truth[at], ours[at]) - macro_f1(truth[at], theirs[at]))
        self.stdout.write(f"  above VADER: {gain}")
