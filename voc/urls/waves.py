"""Who is asked when."""

from django.urls import URLPattern, URLResolver, path

from voc.api.invitations import InvitationsView
from voc.views import sending, survey_triggers, waves

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/surveys/<int:pk>/invitations/", InvitationsView.as_view(), name="api_survey_invitations"),
    path("accounts/<int:pk>/survey/", sending.survey_send, name="survey_send"),
    path("surveys/<int:pk>/waves/", waves.survey_waves, name="survey_waves"),
    path("surveys/<int:pk>/waves/new/", waves.wave_create, name="wave_create"),
    path("surveys/<int:pk>/waves/forecast/", waves.wave_forecast, name="wave_forecast"),
    path("surveys/<int:pk>/waves/test/", waves.survey_test, name="survey_test"),
    path("surveys/<int:pk>/triggers/new/", survey_triggers.trigger_create, name="trigger_create"),
    path("survey-triggers/<int:pk>/", survey_triggers.trigger, name="trigger"),
    path("survey-triggers/<int:pk>/edit/", survey_triggers.trigger_edit, name="trigger_edit"),
    path("survey-triggers/<int:pk>/switch/", survey_triggers.trigger_switch, name="trigger_switch"),
    path("survey-triggers/<int:pk>/delete/", survey_triggers.trigger_delete, name="trigger_delete"),
    path("waves/<int:pk>/", waves.wave, name="wave"),
    path("waves/<int:pk>/edit/", waves.wave_edit, name="wave_edit"),
    path("waves/<int:pk>/people/", waves.wave_people, name="wave_people"),
    path("waves/<int:pk>/launch/", waves.wave_launch, name="wave_launch"),
    path("waves/<int:pk>/cancel/", waves.wave_cancel, name="wave_cancel"),
    path("waves/<int:pk>/series/", waves.wave_series, name="wave_series"),
    path("waves/<int:pk>/delete/", waves.wave_delete, name="wave_delete"),
]
