"""Between requests and services: lists, forms in dialogs, answers."""
