"""What the team app does: people, notices, undo, saved views."""
