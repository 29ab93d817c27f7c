"""What surveys brought."""

from django.urls import URLPattern, URLResolver, path

from voc.views import result_files, results

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/strip/", results.surveys_strip, name="surveys_strip"),
    path("surveys/<int:pk>/", results.survey, name="survey"),
    path("surveys/<int:pk>/results/questions/", results.survey_questions, name="survey_questions"),
    path("surveys/<int:pk>/results/drivers/", results.survey_drivers, name="survey_drivers"),
    path("surveys/<int:pk>/results/comments/", results.survey_comments, name="survey_comments"),
    path("surveys/<int:pk>/results/compare/", results.survey_compare, name="survey_compare"),
    path("surveys/<int:pk>/results/bias/", results.survey_bias, name="survey_bias"),
    path("surveys/<int:pk>/results/export/<slug:kind>/", result_files.survey_export, name="survey_export"),
    path("surveys/<int:pk>/results/files/<int:file>/", result_files.survey_file, name="survey_file"),
    path(
        "surveys/<int:pk>/results/files/<int:file>/download/",
        result_files.survey_file_download,
        name="survey_file_download",
    ),
]
