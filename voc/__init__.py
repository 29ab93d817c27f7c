"""Voice of customer: what customers say (surveys, feedback) and what became of it (insights, the closed loop)."""
