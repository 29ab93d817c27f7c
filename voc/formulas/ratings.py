"""Scores of other scales on the one from 0 to 10 that routing and figures read."""

OWN = (0, 10)
# What people tap on a page of ours: neither word is a promoter's, whose silence would count as handled.
MOODS = {"bad": 2, "mixed": 7, "good": 8}


def on_ten(score: int, scale: tuple[int, int] = OWN) -> int:
    """The score moved in a straight line from its scale (lowest, highest) to 0..10; halves go up."""
    low, high = scale
    if not low <= score <= high or low == high:
        raise ValueError(f"{score} is not between {low} and {high}")
    return int((score - low) * 20 + (high - low)) // (2 * (high - low))


def as_given(score: int, scale: tuple[int, int] = OWN) -> str:
    """How it was given, where the scale is another one: "4/5". Empty for 0 to 10."""
    return "" if scale == OWN else f"{score}/{scale[1]}"
