"""Addresses of measures: the pages, and the API."""

from django.urls import URLPattern, URLResolver, path

from engagement.api.measures import MeasuresView, MeasureValuesViewSet
from engagement.views.measures import (
    measure,
    measure_add,
    measure_archive,
    measure_build,
    measure_build_new,
    measure_draft_drop,
    measure_edit,
    measure_try,
    measure_unarchive,
    measures,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("measures/", measures, name="measures"),
    path("measures/new/<slug:kind>/", measure_add, name="measure_add"),
    path("measures/build/", measure_build_new, name="measure_build_new"),
    path("measures/try/", measure_try, name="measure_try"),
    path("measures/draft/drop/", measure_draft_drop, name="measure_draft_drop"),
    path("measures/of/<slug:code>/", measure, name="measure"),
    path("measures/of/<slug:code>/edit/", measure_edit, name="measure_edit"),
    path("measures/of/<slug:code>/build/", measure_build, name="measure_build"),
    path("measures/of/<slug:code>/archive/", measure_archive, name="measure_archive"),
    path("measures/of/<slug:code>/unarchive/", measure_unarchive, name="measure_unarchive"),
    path("api/v1/measures/", MeasuresView.as_view(), name="api_measures"),
    path(
        "api/v1/measures/<slug:code>/values/",
        MeasureValuesViewSet.as_view({"get": "list", "post": "create"}),
        name="api_measure_values",
    ),
]
