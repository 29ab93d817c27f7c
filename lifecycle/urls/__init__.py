"""The addresses of this app, by topic."""

from django.urls import URLPattern, URLResolver

from lifecycle.urls import books, content, goals, journeys, mails, movements, plays, renewals, work

urlpatterns: list[URLPattern | URLResolver] = [
    *work.urlpatterns,
    *journeys.urlpatterns,
    *plays.urlpatterns,
    *mails.urlpatterns,
    *content.urlpatterns,
    *goals.urlpatterns,
    *renewals.urlpatterns,
    *movements.urlpatterns,
    *books.urlpatterns,
]
