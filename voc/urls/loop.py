"""From a decision to a customer who confirms: deadlines, waiting, telling, behaviour."""

from django.urls import URLPattern, URLResolver, path

from voc.views import behaviour, breaches, placement, telling

urlpatterns: list[URLPattern | URLResolver] = [
    path("insights/breaches/", breaches.breaches, name="breaches"),
    path("routing/counts/", placement.routing_counts, name="routing_counts"),
    path("insights/<int:pk>/telling/", telling.insight_telling, name="insight_telling"),
    path("insights/<int:pk>/ask/", behaviour.insight_ask, name="insight_ask"),
    path("insights/<int:pk>/resume/", behaviour.insight_resume, name="insight_resume"),
    path("insights/<int:pk>/check/", behaviour.insight_check, name="insight_check"),
    path("insights/<int:pk>/check/off/", behaviour.insight_check_off, name="insight_check_off"),
]
