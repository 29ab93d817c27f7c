"""Addresses of voice: staff pages, and the public ones that customers get by mail."""

from django.urls import URLPattern, URLResolver, path

from voc.views import answers, decisions, feedback, insights, outbox, preferences, sending, surveys, verification

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/", surveys.surveys, name="surveys"),
    path("surveys/<int:pk>/", surveys.survey, name="survey"),
    path("surveys/<int:pk>/send/", sending.survey_send_many, name="survey_send_many"),
    path("accounts/<int:pk>/survey/", sending.survey_send, name="survey_send"),
    path("insights/", insights.insights, name="insights"),
    path("insights/<int:pk>/", insights.insight, name="insight"),
    path("insights/<int:pk>/peek/", insights.insight_peek, name="insight_peek"),
    path("insights/<int:pk>/accept/", decisions.insight_accept, name="insight_accept"),
    path("insights/<int:pk>/merge/", decisions.insight_merge, name="insight_merge"),
    path("insights/<int:pk>/options/", decisions.insight_options, name="insight_options"),
    path("insights/<int:pk>/decline/", decisions.insight_decline, name="insight_decline"),
    path("insights/<int:pk>/snooze/", decisions.insight_snooze, name="insight_snooze"),
    path("insights/<int:pk>/wake/", decisions.insight_wake, name="insight_wake"),
    path("insights/<int:pk>/assign/", decisions.insight_assign, name="insight_assign"),
    path("insights/<int:pk>/act/", decisions.insight_act, name="insight_act"),
    path("insights/<int:pk>/tell/", decisions.insight_tell, name="insight_tell"),
    path("feedback/", feedback.feedback, name="feedback"),
    path("feedback/<int:pk>/route/", feedback.feedback_route, name="feedback_route"),
    path("feedback/<int:pk>/handled/", feedback.feedback_handled, name="feedback_handled"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<int:pk>/", outbox.outbox_message, name="outbox_message"),
    path("outbox/<int:pk>/html/", outbox.outbox_html, name="outbox_html"),
    path("outbox/<int:pk>/arrived/", outbox.outbox_arrived, name="outbox_arrived"),
    path("outbox/<int:pk>/again/", outbox.outbox_again, name="outbox_again"),
    path("s/<str:token>/", answers.survey_answer, name="survey_answer"),
    path("p/<str:token>/", preferences.preferences, name="preferences"),
    path("p/<str:token>/stop/", preferences.one_click_stop, name="one_click_stop"),
    path("v/<str:token>/", verification.verification_answer, name="verification_answer"),
]
