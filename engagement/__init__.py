"""What it adds up to: usage, measures, scorecards, scores. Judges the actual against the desired state."""
