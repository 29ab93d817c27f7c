"""Whether the reader works at the advocacy desk."""

from django.template import Library

from team.models import User
from voc.selectors.advocacy import may_open_desk

register = Library()


@register.simple_tag
def opens_desk(user: User) -> bool:
    """For members of departments one query, for everybody else none."""
    return may_open_desk(user)
