"""Outside trackers."""

from django.urls import URLPattern, URLResolver, path

from voc.views import trackers

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/trackers/", trackers.trackers, name="trackers"),
    path("settings/trackers/new/", trackers.tracker_add, name="tracker_add"),
    path("settings/trackers/<int:pk>/", trackers.tracker, name="tracker"),
    path("settings/trackers/<int:pk>/switch/", trackers.tracker_switch, name="tracker_switch"),
    path("settings/trackers/<int:pk>/rotate/", trackers.tracker_rotate, name="tracker_rotate"),
    path("api/v1/trackers/<int:pk>/", trackers.tracker_news, name="tracker_news"),
]
