"""All addresses. Every one is private unless its view says `login_not_required`."""

from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz, metrics, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("", include("engagement.urls_ingest")),
    # Customers first: half of all requests may be answers to a survey, and each address in front costs them time.
    path("", include("voc.urls.answers")),
    path("", include("workspace.urls")),
    path("", include("accounts.urls")),
    path("", include("lifecycle.urls")),
    path("", include("voc.urls")),
    path("", include("engagement.urls")),
    path("", include("team.urls")),
    path("", include("outbox.urls")),
    path("_/", include("ui.urls")),
]
