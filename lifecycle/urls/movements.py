from django.urls import URLPattern, URLResolver, path

from lifecycle.views import movements

urlpatterns: list[URLPattern | URLResolver] = [
    path("retention/", movements.retention, name="retention"),
    path("retention/accounts/", movements.retention_accounts, name="retention_accounts"),
    path("retention/definitions/", movements.retention_definitions, name="retention_definitions"),
    path("retention/compare/", movements.retention_compare, name="retention_compare"),
    path("retention/cost/", movements.retention_cost, name="retention_cost"),
    path("retention/cost/rate/", movements.retention_cost_rate, name="retention_cost_rate"),
]
