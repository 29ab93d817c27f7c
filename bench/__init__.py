"""Measurements on this machine, each against the real parts: `python -m bench`, or `python -m bench pages`."""
