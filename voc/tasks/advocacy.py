"""The advocacy desk and the rules of departments, looked at without anybody asking."""

from celery import shared_task

from voc.services import advocacy, department_rules


@shared_task(name="voc.sweep_advocacy", expires=900)  # type: ignore[untyped-decorator]
def sweep_advocacy() -> None:
    """Silence, answers noted elsewhere, works at risk, the rate of yes."""
    advocacy.sweep_advocacy()


@shared_task(name="voc.sweep_own_rules", expires=900)  # type: ignore[untyped-decorator]
def sweep_own_rules() -> int:
    """Rules of departments that are to be looked at again."""
    return department_rules.sweep_own_rules()
