"""Where each customer stands from closed-won to renewal, and what we do next: journeys, stages, tasks, triggers."""
