"""Files of results, and the settled part of large surveys."""
