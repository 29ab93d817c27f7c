"""The demo world: a believable vendor with its customers, made from a seed."""
