"""The vendor's own people: users, roles, departments, calendars, notices, saved views, audit and undo."""
