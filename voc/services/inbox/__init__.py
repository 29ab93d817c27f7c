"""The feedback inbox: what people do with what was said, and where it comes from."""
