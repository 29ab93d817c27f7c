"""Analysis of the loop and of themes, and the programme."""

from django.urls import URLPattern, URLResolver, path

from voc.views import analysis, programme

urlpatterns: list[URLPattern | URLResolver] = [
    path("insights/analysis/", analysis.analysis, name="analysis"),
    path("insights/analysis/affected/", analysis.theme_affected, name="theme_affected"),
    path("insights/analysis/causes/", analysis.recurring_causes, name="recurring_causes"),
    path("insights/analysis/nps/", analysis.nps_moves, name="nps_moves"),
    path("insights/themes/", analysis.theme_trends, name="theme_trends"),
    path("insights/themes/<slug:slug>/", analysis.theme_trend, name="theme_trend"),
    path("programme/", programme.programme, name="programme"),
    path("programme/edit/", programme.programme_edit, name="programme_edit"),
    path("programme/goals/new/", programme.programme_goal_add, name="programme_goal_add"),
    path("programme/goals/<int:pk>/", programme.programme_goal, name="programme_goal"),
    path("programme/goals/<int:pk>/delete/", programme.programme_goal_delete, name="programme_goal_delete"),
]
