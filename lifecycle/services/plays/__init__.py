"""Plays: what starts them, runs their steps, wakes them and stops them."""
