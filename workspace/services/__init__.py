"""What the pages that put everything together write."""
