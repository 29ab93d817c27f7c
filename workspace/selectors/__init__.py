"""Reads across all apps; each page takes few, set-based queries."""
