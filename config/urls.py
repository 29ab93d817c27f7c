"""All addresses. Every one is private unless its view says `login_not_required`."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", include("allauth.urls")),
]
