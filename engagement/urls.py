"""Addresses of the engagement app."""

from django.urls import URLPattern, URLResolver, include, path

from engagement.views.health import health_card, measure_evidence
from engagement.views.runs import recompute_run, recompute_runs, recompute_start
from engagement.views.scorecard import scorecard

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("engagement.urls_use_cases")),
    path("accounts/<int:pk>/health/", health_card, name="health_card"),
    path("accounts/<int:pk>/evidence/<slug:measure>/", measure_evidence, name="measure_evidence"),
    path("scorecard/", scorecard, name="scorecard"),
    path("recompute/", recompute_runs, name="recompute_runs"),
    path("recompute/start/", recompute_start, name="recompute_start"),
    path("recompute/<int:pk>/", recompute_run, name="recompute_run"),
]
