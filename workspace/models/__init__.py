"""The only rows of this app: business reviews and the files made from them."""

from workspace.models.decks import Deck, DeckJob

__all__ = ["Deck", "DeckJob"]
