"""Surveys: the list."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from team.http.access import current_user, requires_role
from team.models import Role
from ui.lists import build_list, list_response
from voc.http.survey_list import SURVEYS
from voc.selectors.surveys import listed_surveys

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)


@require_safe
@requires_role(*READERS)
def surveys(request: HttpRequest) -> HttpResponseBase:
    """All surveys with owner, audience, state, and how many of the visible people were asked and answered."""
    user = current_user(request)
    page = build_list(request, SURVEYS, listed_surveys(user))
    return list_response(request, "voc/surveys.html", page, {"can_write": user.can_edit})
