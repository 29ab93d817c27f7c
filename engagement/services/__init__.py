"""Writes of the engagement app."""
