"""Marks of voice: the tabs of a survey."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.template import Context, Library
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from team.models import Role
from voc.models import Survey

register = Library()

SURVEY_TABS = (
    ("survey", _("Results")),
    ("survey_edit", _("Questions")),
    ("survey_waves", _("Audience")),
    ("survey_links", _("Links")),
    ("survey_settings", _("Settings")),
)


# {page: tab} of pages whose address does not begin with that of the tab that they belong to.
ELSEWHERE = {
    **dict.fromkeys(("survey_publish", "survey_versions", "survey_import"), "survey_edit"),
    **dict.fromkeys(("wave", "wave_edit", "wave_people", "wave_launch"), "survey_waves"),
    **dict.fromkeys(("trigger", "trigger_edit", "trigger_create"), "survey_waves"),
    **dict.fromkeys(("survey_link_sheet", "kiosk_start"), "survey_links"),
}


@dataclass(frozen=True, slots=True)
class SurveyTab:
    """One tab; `key` opens it."""

    label: Promise | str
    url: str
    key: str
    is_current: bool


@register.simple_tag(takes_context=True)
def survey_tabs(context: Context, survey: Survey) -> list[SurveyTab]:
    """`{% survey_tabs survey as tabs %}`: the pages of a survey; the one whose address begins the page's is current."""
    request: HttpRequest = context["request"]
    # Members of departments read results alone.
    known = SURVEY_TABS[:1] if context["user"].role == Role.MEMBER else SURVEY_TABS
    urls = [(url, label) for name, label in known if (url := url_or_nothing(name, survey.pk))]
    match = request.resolver_match
    fitting = [url for url, _label in urls if request.path.startswith(url)]
    here = max(fitting, key=len, default="")
    if match is not None and match.url_name in ELSEWHERE:
        here = url_or_nothing(ELSEWHERE[match.url_name], survey.pk)
    return [SurveyTab(label, url, str(number), url == here) for number, (url, label) in enumerate(urls, 1)]


def url_or_nothing(name: str, pk: int) -> str:
    """The address of a page; nothing for one that this install does not have."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""
