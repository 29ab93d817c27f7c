"""Who is asked when."""

from django.urls import URLPattern, URLResolver, path

from voc.views import sending

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/<int:pk>/send/", sending.survey_send_many, name="survey_send_many"),
    path("accounts/<int:pk>/survey/", sending.survey_send, name="survey_send"),
]
