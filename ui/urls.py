"""Addresses of the interface itself, below `/_/`."""

from django.urls import path

from ui import views

urlpatterns = [
    path("components/", views.components, name="components"),
    path("theme/", views.set_theme, name="set_theme"),
    path("day/", views.parse_day, name="parse_day"),
]
