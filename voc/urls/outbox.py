"""What left the system."""

from django.urls import URLPattern, URLResolver, path

from voc.views import outbox

urlpatterns: list[URLPattern | URLResolver] = [
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<int:pk>/", outbox.outbox_message, name="outbox_message"),
    path("outbox/<int:pk>/html/", outbox.outbox_html, name="outbox_html"),
    path("outbox/<int:pk>/arrived/", outbox.outbox_arrived, name="outbox_arrived"),
    path("outbox/<int:pk>/again/", outbox.outbox_again, name="outbox_again"),
]
