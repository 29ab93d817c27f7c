"""What feedback is about, and whether that was understood."""

from django.urls import URLPattern, URLResolver, path

from voc.views import themes

urlpatterns: list[URLPattern | URLResolver] = [
    path("themes/", themes.themes, name="themes"),
    path("themes/new/", themes.theme_add, name="theme_add"),
    path("themes/<int:pk>/", themes.theme_edit, name="theme_edit"),
    path("themes/<int:pk>/merge/", themes.theme_merge, name="theme_merge"),
    path("themes/<int:pk>/retire/", themes.theme_retire, name="theme_retire"),
    path("topics/<int:pk>/accept/", themes.topic_accept, name="topic_accept"),
    path("topics/<int:pk>/dismiss/", themes.topic_dismiss, name="topic_dismiss"),
    path("feedback/<int:pk>/correct/", themes.feedback_correct, name="feedback_correct"),
]
