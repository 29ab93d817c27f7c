"""The box on an insight's page: its clock, who was told, the behaviour."""

from typing import Any

from django.template import Library

from team.http.access import current_user
from voc.models import Insight
from voc.selectors.loop_box import read_loop_box
from voc.services.behaviour import CHECKABLE
from voc.services.deadlines import LEVELS
from voc.services.loop import TELLABLE
from voc.services.waiting import PAUSABLE

register = Library()


@register.inclusion_tag("voc/parts/behaviour.html", takes_context=True)
def loop_box(context: dict[str, Any], insight: Insight) -> dict[str, Any]:
    """What is known of the way to the customer's word, with what the reader may do about it."""
    request = context["request"]
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "insight": insight,
        "box": read_loop_box(insight=insight, user=current_user(request)),
        "level": LEVELS[insight.level],
        "may_decide": context.get("may_decide", False),
        "may_tell": context.get("may_tell", False),
        "can_pause": insight.state in PAUSABLE,
        "can_tell": insight.state in TELLABLE,
        "can_check": insight.state in CHECKABLE,
    }
