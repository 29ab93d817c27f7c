"""Pages across all apps."""
