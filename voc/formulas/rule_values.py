"""What a rule may compare an answer with."""

from django.utils.translation import gettext as _

from voc.formulas.definitions import NO, SCALED, YES, Question


def values_for(asked: Question, language: str) -> list[tuple[str, str]]:
    """What a rule may compare with; empty where any words will do."""
    if asked.type in SCALED:
        return [(str(number), str(number)) for number in asked.numbers]
    if asked.type == "consent":
        return [(YES, _("Yes")), (NO, _("No"))]
    if asked.type == "matrix":
        return [
            (
                f"{row.id}:{column.id}",
                f"{asked.option_text(row.id, language)}: {asked.option_text(column.id, language)}",
            )
            for row in asked.rows
            for column in asked.columns
        ]
    return [(one.id, asked.option_text(one.id, language)) for one in asked.options]
