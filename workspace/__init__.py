"""Pages that put every app together: today, account list and account page, search, the demo world."""
