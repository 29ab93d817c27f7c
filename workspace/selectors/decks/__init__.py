"""The business review of an account, read from the same selectors as its pages."""

from workspace.selectors.decks.reading import composition_for, newest_jobs, read_review

__all__ = ["composition_for", "newest_jobs", "read_review"]
