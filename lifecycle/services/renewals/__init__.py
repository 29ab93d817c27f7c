"""What changes renewals: making them, calling them, closing them, locking the forecast."""
