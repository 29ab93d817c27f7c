"""What is measured and never trained."""

import zlib


def is_held_back(text: str) -> bool:
    """A fifth of the public sentences, by their words."""
    return zlib.crc32(text.strip().lower().encode()) % 5 == 0
