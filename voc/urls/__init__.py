"""Addresses of voice for staff, by topic. Those that customers get by mail are in `answers`, included first of all."""

from django.urls import URLPattern, URLResolver

from voc.urls import (
    advocacy,
    analysis,
    coverage,
    department_rules,
    feedback,
    initiatives,
    insights,
    links,
    loop,
    outbox,
    results,
    routing,
    surveys,
    themes,
    trackers,
    waves,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *surveys.urlpatterns,
    *coverage.urlpatterns,
    *results.urlpatterns,
    *waves.urlpatterns,
    *loop.urlpatterns,
    *insights.urlpatterns,
    *analysis.urlpatterns,
    *trackers.urlpatterns,
    *initiatives.urlpatterns,
    *feedback.urlpatterns,
    *routing.urlpatterns,
    *themes.urlpatterns,
    *outbox.urlpatterns,
    *advocacy.urlpatterns,
    *department_rules.urlpatterns,
    *links.urlpatterns,
]
