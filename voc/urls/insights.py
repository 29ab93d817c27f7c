"""What a department answers for."""

from django.urls import URLPattern, URLResolver, path

from voc.views import decisions, insights

urlpatterns: list[URLPattern | URLResolver] = [
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
]
