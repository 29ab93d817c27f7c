"""What can be wrong with a file or its mapping, in one sentence that names the place and the cure."""

from dataclasses import asdict, dataclass


class ImportProblem(Exception):
    """The file or the mapping cannot be used; the message is for the person."""


@dataclass(frozen=True)
class Question:
    """What only a person can know about a column: how its dates or its decimals are written."""

    column: str
    about: str  # "date_order" or "decimal"
    text: str
    example: str
    line: int

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


class NeedsAnswer(ImportProblem):
    """Columns can be read in two ways; nothing is guessed."""

    def __init__(self, questions: list[Question]) -> None:
        super().__init__(" ".join(question.text for question in questions))
        self.questions = questions
