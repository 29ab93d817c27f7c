"""The catalogue of features: what they are called, which count, and which names are the same thing."""
