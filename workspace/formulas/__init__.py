"""Pure functions: what comes first, what an account's facts say."""
