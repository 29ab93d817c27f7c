"""What changes the library: items, what is sent to many, and who completed what."""
