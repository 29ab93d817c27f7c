"""Reads of the engagement app: tallies, readings, evidence."""
