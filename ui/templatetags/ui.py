"""`{% load ui %}`: all components, see README.md of this app for one line on each."""

from django.template import Library

from ui.components import actions, fields, figures, layout, lists, marks, times

register = Library()
for part in (marks, actions, layout, fields, times, lists, figures):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
