"""Addresses of voice, by topic: staff pages, and the public ones that customers get by mail."""

from django.urls import URLPattern, URLResolver

from voc.urls import answers, coverage, feedback, insights, links, outbox, results, routing, surveys, themes, waves

urlpatterns: list[URLPattern | URLResolver] = [
    *surveys.urlpatterns,
    *coverage.urlpatterns,
    *results.urlpatterns,
    *waves.urlpatterns,
    *insights.urlpatterns,
    *feedback.urlpatterns,
    *routing.urlpatterns,
    *themes.urlpatterns,
    *outbox.urlpatterns,
    *links.urlpatterns,
    *answers.urlpatterns,
]
