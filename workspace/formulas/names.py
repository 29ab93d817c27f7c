"""Short forms of long names."""

MOST_LETTERS = 16


def short_name(name: str) -> str:
    """Initials of a long name of three words and more ("Executive Business Review" is "EBR"); others as they are."""
    words = name.split()
    return "".join(word[0] for word in words).upper() if len(name) > MOST_LETTERS and len(words) > 2 else name
