"""What left the system."""

from django.urls import URLPattern, URLResolver, path

from voc.views import not_asked, outbox, received

urlpatterns: list[URLPattern | URLResolver] = [
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/not-asked/", not_asked.not_asked, name="not_asked"),
    path("outbox/received/", received.received_mails, name="received_mails"),
    path("outbox/received/<int:pk>/", received.received, name="received"),
    path("outbox/received/<int:pk>/unblock/", received.received_unblock, name="received_unblock"),
    path("outbox/<int:pk>/", outbox.outbox_message, name="outbox_message"),
    path("outbox/<int:pk>/html/", outbox.outbox_html, name="outbox_html"),
    path("outbox/<int:pk>/arrived/", outbox.outbox_arrived, name="outbox_arrived"),
    path("outbox/<int:pk>/again/", outbox.outbox_again, name="outbox_again"),
]
