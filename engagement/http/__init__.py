"""What requests are read into."""
