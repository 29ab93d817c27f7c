"""Addresses of voice, by topic: staff pages, and the public ones that customers get by mail."""

from django.urls import URLPattern, URLResolver

from voc.urls import answers, feedback, insights, outbox, surveys, waves

urlpatterns: list[URLPattern | URLResolver] = [
    *surveys.urlpatterns,
    *waves.urlpatterns,
    *insights.urlpatterns,
    *feedback.urlpatterns,
    *outbox.urlpatterns,
    *answers.urlpatterns,
]
