"""The look: components, icons, lists, charts and `render_part()`. Knows nothing of customers; see README.md here."""
