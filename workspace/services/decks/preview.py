"""The slides as HTML: what the builder shows and what becomes the PDF."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import override

from ui.charts import Figure
from ui.charts.frame import Target
from workspace.formulas.drawing import draw
from workspace.formulas.slides import Review, Slide


@dataclass(frozen=True, slots=True)
class Drawn:
    """A slide with its chart drawn and its place in the deck."""

    slide: Slide
    number: int
    figure: Figure | None

    @property
    def is_empty(self) -> bool:
        """Nothing to show but a sentence."""
        return self.slide.name != "title" and not (self.slide.numbers or self.figure or self.slide.blocks)

    @property
    def is_pair(self) -> bool:
        """Two lists that have the whole width stand side by side."""
        return self.figure is None and len(self.slide.blocks) == 2


def drawn_slides(review: Review, target: Target) -> list[Drawn]:
    """Every slide with its chart; a chart without a list beside it takes the whole width."""
    with override(review.language):
        return [
            Drawn(
                slide,
                number,
                draw(slide.chart, target=target, is_wide=not slide.blocks) if slide.chart else None,
            )
            for number, slide in enumerate(review.slides, start=1)
        ]


def slides_html(review: Review, *, target: Target) -> str:
    """All slides, escaped by the template; no address in it leads anywhere."""
    with override(review.language):
        return render_to_string(
            "workspace/decks/slides.html", {"review": review, "drawn": drawn_slides(review, target)}
        )
