"""How large an account is, by its seats."""

SIZES = ("1-49", "50-249", "250+")


def size_of(seats: int | None) -> str:
    """The band of so many seats; "" where none are known."""
    if not seats:
        return ""
    return SIZES[0] if seats < 50 else SIZES[1] if seats < 250 else SIZES[2]
