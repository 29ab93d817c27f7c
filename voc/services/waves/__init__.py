"""Waves: rounds of a survey."""
