"""Addresses of the API: `/api/v1/...`, its schema and its page."""

from typing import Any

from django.urls import URLPattern, URLResolver, path

from accounts.api import views as api
from accounts.views import docs

LIST: dict[str, Any] = {"get": "list", "post": "create"}
ROW: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/accounts/", api.AccountViewSet.as_view(LIST), name="api_accounts"),
    path("v1/accounts/<int:pk>/", api.AccountViewSet.as_view(ROW), name="api_account"),
    path("v1/contacts/", api.ContactViewSet.as_view(LIST), name="api_contacts"),
    path("v1/contacts/<int:pk>/", api.ContactViewSet.as_view(ROW), name="api_contact"),
    path("v1/subscriptions/", api.SubscriptionViewSet.as_view(LIST), name="api_subscriptions"),
    path("v1/subscriptions/<int:pk>/", api.SubscriptionViewSet.as_view(ROW), name="api_subscription"),
    path("v1/touchpoints/", api.TouchpointViewSet.as_view(LIST), name="api_touchpoints"),
    path("v1/touchpoints/<int:pk>/", api.TouchpointViewSet.as_view(ROW), name="api_touchpoint"),
    path("v1/tickets/", api.TicketViewSet.as_view(LIST), name="api_tickets"),
    path("v1/tickets/<int:pk>/", api.TicketViewSet.as_view(ROW), name="api_ticket"),
    path("v1/facts/", api.FactViewSet.as_view(LIST), name="api_facts"),
    path("v1/facts/<int:pk>/", api.FactViewSet.as_view({"get": "retrieve"}), name="api_fact"),
    path("schema/", docs.api_schema, name="api_schema"),
    path("docs/", docs.api_docs, name="api_docs"),
]
