"""Reads that are not rows: tallies, trees, the timeline."""
