"""Surveys: list, page."""

from django.urls import URLPattern, URLResolver, path

from voc.views import surveys

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/", surveys.surveys, name="surveys"),
    path("surveys/<int:pk>/", surveys.survey, name="survey"),
]
