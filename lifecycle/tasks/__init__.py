"""What workers do; each task calls one service."""
