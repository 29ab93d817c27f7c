"""Settings, addresses, the queue and the embedded stack."""
