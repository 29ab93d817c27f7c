"""What changes journeys, tasks and triggers."""
