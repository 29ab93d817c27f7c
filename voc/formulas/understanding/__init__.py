"""How a text is understood, offline: language, sentiment, themes, topics. Numbers in, numbers out; no database."""
