"""Pages of tasks and stages."""
