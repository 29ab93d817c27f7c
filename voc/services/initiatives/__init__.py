"""Initiatives: made, asked for, worked on, shipped, measured, and told to those who asked."""
