"""Business reviews: composing them, and making files of them in the background."""
