"""Public pages behind mailed links."""

from django.urls import URLPattern, URLResolver, path

from voc.views import answers, preferences, verification

urlpatterns: list[URLPattern | URLResolver] = [
    path("s/<str:token>/", answers.survey_answer, name="survey_answer"),
    path("p/<str:token>/", preferences.preferences, name="preferences"),
    path("p/<str:token>/stop/", preferences.one_click_stop, name="one_click_stop"),
    path("v/<str:token>/", verification.verification_answer, name="verification_answer"),
]
