"""The components as template tags, split by what they are for; `{% load ui %}` brings all of them."""
