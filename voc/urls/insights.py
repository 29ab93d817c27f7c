"""What a department answers for."""

from django.urls import URLPattern, URLResolver, path

from voc.views import decisions, insight_more, insight_talk, insights, support

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
    path("insights/<int:pk>/severity/", decisions.insight_severity, name="insight_severity"),
    path("insights/<int:pk>/split/", decisions.insight_split, name="insight_split"),
    path("insights/<int:pk>/act/", decisions.insight_act, name="insight_act"),
    path("insights/<int:pk>/tell/", decisions.insight_tell, name="insight_tell"),
    path("insights/<int:pk>/behalf/", insight_more.insight_behalf, name="insight_behalf"),
    path("insights/<int:pk>/quotes/", insight_more.insight_quotes, name="insight_quotes"),
    path("insights/<int:pk>/ticket/", insight_more.insight_ticket, name="insight_ticket"),
    path("insights/<int:pk>/link/", insight_more.insight_link, name="insight_link"),
    path("insights/<int:pk>/link/<int:link>/remove/", insight_more.insight_unlink, name="insight_unlink"),
    path("insights/<int:pk>/watch/", insight_talk.insight_watch, name="insight_watch"),
    path("insights/<int:pk>/comments/", insight_talk.insight_comment, name="insight_comment"),
    path("insights/<int:pk>/comments/<int:comment>/", insight_talk.insight_comment_edit, name="insight_comment_edit"),
    path(
        "insights/<int:pk>/comments/<int:comment>/remove/",
        insight_talk.insight_comment_remove,
        name="insight_comment_remove",
    ),
    path("insights/many/<slug:what>/", insight_more.insights_bulk, name="insights_bulk"),
    path("support/", support.support_desk, name="support_desk"),
]
