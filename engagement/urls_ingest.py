"""The tracking API's addresses, in front of all others: they are asked a thousand times a minute."""

from django.urls import URLPattern, URLResolver, path, re_path

from engagement.views.ingest import ingest, ingest_receipt

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^v1/(?P<call>track|identify|group|page|screen|alias|batch|import)/?$", ingest, name="ingest"),
    path("v1/receipts/<uuid:receipt>", ingest_receipt, name="ingest_receipt"),
]
