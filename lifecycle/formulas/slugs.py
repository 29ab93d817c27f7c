"""Short names for addresses and keys."""

from collections.abc import Collection

from django.utils.text import slugify


def slug_base(words: str, *, longest: int, fallback: str) -> str:
    """The words as a short name; the fallback where nothing of them is left, as with Chinese."""
    return slugify(words)[:longest] or fallback


def free_slug(base: str, taken: Collection[str]) -> str:
    """The base, or the base with the first number from 2 on that nobody has."""
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbered) if slug not in taken)
