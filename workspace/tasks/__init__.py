"""What this app's workers do."""

from workspace.tasks.decks import make_deck, ring_deck, sweep_decks

__all__ = ["make_deck", "ring_deck", "sweep_decks"]
