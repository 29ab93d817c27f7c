"""The journey pages: board, flow and predictability for readers, the editor for those who lead."""
