"""Where we hear and where we are deaf."""

from django.urls import URLPattern, URLResolver, path

from voc.views import coverage

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/coverage/", coverage.coverage, name="coverage"),
    path(
        "surveys/coverage/plan/<slug:persona>/<slug:channel>/<path:stage>/",
        coverage.coverage_cell,
        name="coverage_cell",
    ),
    path(
        "surveys/coverage/<slug:look>/<slug:persona>/<slug:channel>/<path:stage>/",
        coverage.coverage_accounts,
        name="coverage_accounts",
    ),
]
