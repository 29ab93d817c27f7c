"""Pure functions: no database, no clock."""
