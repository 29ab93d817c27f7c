"""What somebody answered to one question."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AnswerValue:
    """One answer; see voc.models.Answer for what each type fills."""

    number: Decimal | None = None
    text: str = ""
    choices: list[str] | dict[str, str] = field(default_factory=list)
