"""Feedback as it comes in."""

from django.urls import URLPattern, URLResolver, path

from voc.views import feedback

urlpatterns: list[URLPattern | URLResolver] = [
    path("feedback/", feedback.feedback, name="feedback"),
    path("feedback/<int:pk>/route/", feedback.feedback_route, name="feedback_route"),
    path("feedback/<int:pk>/handled/", feedback.feedback_handled, name="feedback_handled"),
]
