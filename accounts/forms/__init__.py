"""Forms: what people type, as typed values; services decide and write."""
