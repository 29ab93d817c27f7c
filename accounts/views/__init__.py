"""Pages and fragments: get, form, service, answer."""
