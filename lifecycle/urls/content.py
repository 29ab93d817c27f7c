from typing import Any

from django.urls import URLPattern, URLResolver, path

from lifecycle.api import completions as api
from lifecycle.views import content

LIST: dict[str, Any] = {"get": "list", "post": "create"}

urlpatterns: list[URLPattern | URLResolver] = [
    path("library/", content.library, name="library"),
    path("library/gaps/", content.content_gaps, name="content_gaps"),
    path("library/new/", content.content_create, name="content_create"),
    path("library/<int:item_id>/", content.content_item, name="content_item"),
    path("library/<int:item_id>/edit/", content.content_edit, name="content_edit"),
    path("library/<int:item_id>/delete/", content.content_delete, name="content_delete"),
    path("library/<int:item_id>/send/", content.content_send, name="content_send"),
    path("library/sends/<int:batch_id>/", content.content_batch, name="content_batch"),
    path("library/sends/<int:batch_id>/stop/", content.content_batch_stop, name="content_batch_stop"),
    path("api/v1/completions/", api.CompletionViewSet.as_view(LIST), name="api_completions"),
    path("accounts/<int:account_id>/library/<int:item_id>/finished/", content.completion_add, name="completion_add"),
]
