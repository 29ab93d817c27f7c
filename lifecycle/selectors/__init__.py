"""Tallies and groups that are not plain rows."""
