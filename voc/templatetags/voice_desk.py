"""Whether the reader works at the advocacy desk, and makes rules."""

from urllib.parse import urlencode

from django.template import Library
from django.urls import reverse

from team.models import User
from voc.selectors.advocacy import may_open_desk
from voc.selectors.department_rules import own_departments

register = Library()


@register.simple_tag
def opens_desk(user: User) -> bool:
    """For members of departments one query, for everybody else none."""
    return may_open_desk(user)


@register.simple_tag
def makes_rules(user: User) -> bool:
    """Whether the reader may turn a cause into a rule of a department; one query."""
    return own_departments(user).exists()


@register.simple_tag
def own_rule_url(**origin: object) -> str:
    """Where a rule is made of a cause: `insight=`, `initiative=` or `theme=` (its slug)."""
    return f"{reverse('own_rule_add')}?{urlencode(origin)}"
