"""Addresses of voice, by topic: staff pages, and the public ones that customers get by mail."""

from django.urls import URLPattern, URLResolver

from voc.urls import (
    advocacy,
    analysis,
    answers,
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
    *answers.urlpatterns,
]
