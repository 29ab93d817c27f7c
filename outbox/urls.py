"""What comes in from providers."""

from django.urls import URLPattern, URLResolver, path

from outbox import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("mail/received/", views.mail_received, name="mail_received"),
]
