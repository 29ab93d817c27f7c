"""Why a file could not be made."""

from django.utils.functional import Promise


class CannotBeMade(Exception):
    """A reason that a person can act on."""

    def __init__(self, words: str | Promise) -> None:
        super().__init__(words)
        self.words = words
