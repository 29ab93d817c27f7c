"""All measures by code: the pack and the vendor's own.

`registry()` is looked up wherever a measure is shown or judged by. It costs no query while only measures of the pack
are asked for, and one as soon as an own one is; formulas are parsed once per process and version, so a change reaches
every process with its next look.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

from engagement.selectors.measures import MEASURES
from engagement.selectors.measures.kinds import Measure
from engagement.selectors.measures.own import OwnMeasure, own_measures


class Registry(Mapping[str, Measure]):
    """The measures of one look. Archived own ones are in it: scores of the past and cards in force name them."""

    @cached_property
    def own(self) -> dict[str, OwnMeasure]:
        """Own measures by code, archived ones too."""
        return own_measures()

    def __getitem__(self, code: str) -> Measure:
        found = MEASURES.get(code)
        return self.own[code] if found is None else found

    def __contains__(self, code: object) -> bool:
        return code in MEASURES or code in self.own

    def __iter__(self) -> Iterator[str]:
        yield from MEASURES
        yield from self.own

    def __len__(self) -> int:
        return len(MEASURES) + len(self.own)


def registry() -> Registry:
    """The measures as they stand now; keep it for one page or batch, not longer."""
    return Registry()


def offered_measures() -> dict[str, Measure]:
    """What a scorecard may take up: the pack and own measures that are not archived (one query)."""
    own = {code: measure for code, measure in own_measures().items() if not measure.is_archived}
    return {**MEASURES, **own}
