"""Marks of initiatives: the work that an insight asks for, the link to what customers read."""

from typing import Any

from django.template import Context, Library

from team.http.access import current_user
from voc.models import Insight
from voc.selectors.initiatives import initiative_of, may_begin, may_take
from voc.selectors.you_said import public_initiatives

register = Library()


@register.inclusion_tag("voc/initiatives/of_insight.html", takes_context=True)
def initiative_box(context: Context, insight: Insight) -> dict[str, Any]:
    """`{% initiative_box insight %}`: the work that answers it, or a way to put it to one; nothing for others."""
    user = current_user(context["request"])
    found = initiative_of(insight, user)
    may = found is None and may_begin(user) and may_take(user).filter(pk=insight.pk).exists()
    return {"initiative": found, "may_take": may, "insight": insight}


@register.simple_tag(takes_context=True)
def may_begin_work(context: Context) -> bool:
    """`{% may_begin_work as may_begin %}`: whether the reader may make an initiative."""
    return may_begin(current_user(context["request"]))


@register.simple_tag
def has_you_said() -> bool:
    """`{% has_you_said as is_there %}`: there is something on the page for customers."""
    return public_initiatives().exists()
