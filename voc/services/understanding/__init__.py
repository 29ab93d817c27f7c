"""Feedback is read, corrected by people, learned from, and searched for topics that no theme covers."""
