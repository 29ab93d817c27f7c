"""What a move between two stages means."""

ORDER = ("closed_won", "onboarding", "first_value", "ebr", "renewal")


def is_step_back(*, from_kind: str, from_position: int, to_kind: str, to_position: int, same_journey: bool) -> bool:
    """Whether the move goes backwards and so needs a reason.

    From the renewal to the review is the way of the next cycle, not a step back.
    """
    if from_kind == "renewal" and to_kind == "ebr":
        return False
    if same_journey:
        return to_position < from_position
    return ORDER.index(to_kind) < ORDER.index(from_kind)


def outcome_of(*, from_kind: str, to_kind: str, is_back: bool, same_journey: bool) -> str:
    """How the stay ended: onward, back, or moved (same kind of stage in another journey)."""
    if is_back:
        return "back"
    return "moved" if not same_journey and from_kind == to_kind else "onward"
