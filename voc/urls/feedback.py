"""Feedback as it comes in."""

from django.urls import URLPattern, URLResolver, path

from voc.api import feedback as api
from voc.views import feedback, feedback_writing, standing

urlpatterns: list[URLPattern | URLResolver] = [
    path("feedback/", feedback.feedback, name="feedback"),
    path("feedback/new/", feedback_writing.feedback_add, name="feedback_add"),
    path("feedback/people/", feedback_writing.feedback_people, name="feedback_people"),
    path("feedback/bulk/<str:what>/", feedback.feedback_bulk, name="feedback_bulk"),
    path("feedback/<int:pk>/", feedback.feedback_page, name="feedback_page"),
    path("feedback/<int:pk>/peek/", feedback.feedback_peek, name="feedback_peek"),
    path("feedback/<int:pk>/route/", feedback.feedback_route, name="feedback_route"),
    path("feedback/<int:pk>/handled/", feedback.feedback_handled, name="feedback_handled"),
    path("feedback/<int:pk>/account/", feedback_writing.feedback_account, name="feedback_account"),
    path("feedback/<int:pk>/repeat/", feedback_writing.feedback_repeat, name="feedback_repeat"),
    path("feedback/<int:pk>/distinct/", feedback_writing.feedback_distinct, name="feedback_distinct"),
    # A customer's standing link: everybody behind it is that customer.
    path("f/<str:token>/", standing.standing_feedback, name="standing_feedback"),
    path("api/v1/feedback/", api.FeedbackViewSet.as_view({"get": "list", "post": "create"}), name="api_feedback_list"),
    path("api/v1/feedback/<int:pk>/", api.FeedbackViewSet.as_view({"get": "retrieve"}), name="api_feedback"),
]
