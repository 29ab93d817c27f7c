"""The API's door: keys, scopes, paging and problems (RFC 9457)."""
