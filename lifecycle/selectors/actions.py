"""What was just done."""

from team.models import ActionLog, User


def action_behind(*, actor: User, service: str, **arguments: int) -> ActionLog | None:
    """The logged action that a service just wrote about one thing, for the Undo of its toast."""
    about = {f"inverse__arguments__{name}": value for name, value in arguments.items()}
    return ActionLog.objects.filter(actor=actor, inverse__service=service, **about).order_by("-pk").first()
