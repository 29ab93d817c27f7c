"""Public links of a survey, as staff sees them."""

from django.urls import URLPattern, URLResolver, path

from voc.views import links

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/<int:pk>/links/", links.survey_links, name="survey_links"),
    path("surveys/<int:pk>/links/add/", links.survey_link_add, name="survey_link_add"),
    path("survey-links/<int:pk>/pause/", links.survey_link_pause, name="survey_link_pause"),
    path("survey-links/<int:pk>/close/", links.survey_link_close, name="survey_link_close"),
    path("survey-links/<int:pk>/sheet/", links.survey_link_sheet, name="survey_link_sheet"),
    path("survey-links/<int:pk>/kiosk/", links.kiosk_start, name="kiosk_start"),
]
