"""Surveys: the list; made, written, published, set."""

from django.urls import URLPattern, URLResolver, path

from voc.api import surveys as api
from voc.views import builder, publishing, survey_preview, survey_settings, surveys

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/", surveys.surveys, name="surveys"),
    path("surveys/new/", survey_settings.survey_new, name="survey_new"),
    path("surveys/templates/", survey_settings.survey_templates, name="survey_templates"),
    path("surveys/templates/<slug:slug>/", survey_settings.survey_template, name="survey_template"),
    path("surveys/<int:pk>/edit/", builder.survey_edit, name="survey_edit"),
    path("surveys/<int:pk>/edit/texts/", builder.survey_texts, name="survey_texts"),
    path("surveys/<int:pk>/edit/add/<slug:kind>/", builder.survey_question_add, name="survey_question_add"),
    path("surveys/<int:pk>/edit/<slug:key>/", builder.survey_question, name="survey_question"),
    path("surveys/<int:pk>/edit/<slug:key>/copy/", builder.survey_question_copy, name="survey_question_copy"),
    path("surveys/<int:pk>/edit/<slug:key>/move/", builder.survey_question_move, name="survey_question_move"),
    path("surveys/<int:pk>/edit/<slug:key>/remove/", builder.survey_question_remove, name="survey_question_remove"),
    path("surveys/<int:pk>/preview/", survey_preview.survey_preview, name="survey_preview"),
    path("surveys/<int:pk>/publish/", publishing.survey_publish, name="survey_publish"),
    path("surveys/<int:pk>/versions/", publishing.survey_versions, name="survey_versions"),
    path("surveys/<int:pk>/versions/<int:number>/back/", publishing.survey_version_back, name="survey_version_back"),
    path("surveys/<int:pk>/definition.json", publishing.survey_definition, name="survey_definition"),
    path("surveys/<int:pk>/import/", publishing.survey_import, name="survey_import"),
    path("surveys/<int:pk>/settings/", survey_settings.survey_settings, name="survey_settings"),
    path("surveys/<int:pk>/copy/", survey_settings.survey_copy, name="survey_copy"),
    path("surveys/<int:pk>/close/", survey_settings.survey_close, name="survey_close"),
    path("surveys/<int:pk>/reopen/", survey_settings.survey_reopen, name="survey_reopen"),
    path("surveys/<int:pk>/delete/", survey_settings.survey_delete, name="survey_delete"),
    path("api/v1/surveys/", api.SurveyViewSet.as_view({"get": "list"}), name="api_surveys"),
    path("api/v1/surveys/<int:pk>/", api.SurveyViewSet.as_view({"get": "retrieve"}), name="api_survey"),
    path(
        "api/v1/surveys/<int:pk>/versions/",
        api.SurveyViewSet.as_view({"get": "versions"}),
        name="api_survey_versions",
    ),
]
