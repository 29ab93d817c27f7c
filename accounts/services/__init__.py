"""Writes: each function is one transaction."""
