"""Voice by API."""
