"""Whom we ask to speak for us."""

from django.urls import URLPattern, URLResolver, path

from voc.views import advocacy, advocacy_works

urlpatterns: list[URLPattern | URLResolver] = [
    path("advocacy/", advocacy.advocacy, name="advocacy"),
    path("advocacy/ask/", advocacy.advocacy_ask, name="advocacy_ask"),
    path("advocacy/candidates/", advocacy.advocacy_candidates, name="advocacy_candidates"),
    path("advocacy/wanted/", advocacy.advocacy_wanted, name="advocacy_wanted"),
    path("advocacy/rate/", advocacy.advocacy_rate, name="advocacy_rate"),
    path("advocacy/works/", advocacy_works.advocacy_works, name="advocacy_works"),
    path("advocacy/works/new/", advocacy_works.advocacy_work_add, name="advocacy_work_add"),
    path("advocacy/works/<int:pk>/", advocacy_works.advocacy_work_edit, name="advocacy_work_edit"),
    path("advocacy/works/<int:pk>/withdraw/", advocacy_works.advocacy_work_withdraw, name="advocacy_work_withdraw"),
    path("advocacy/<int:pk>/", advocacy.advocacy_request, name="advocacy_request"),
    path("advocacy/<int:pk>/answer/", advocacy.advocacy_answer, name="advocacy_answer"),
    path("advocacy/<int:pk>/edit/", advocacy.advocacy_edit, name="advocacy_edit"),
]
