"""Revenue over time, read from the ledger of movements."""
