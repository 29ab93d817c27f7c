"""Where feedback goes."""

from django.urls import URLPattern, URLResolver, path

from voc.views import routing

urlpatterns: list[URLPattern | URLResolver] = [
    path("routing/", routing.routing_rules, name="routing_rules"),
    path("routing/row/", routing.routing_row, name="routing_row"),
    path("routing/new/", routing.routing_rule_add, name="routing_rule_add"),
    path("routing/try/", routing.routing_trial, name="routing_trial"),
    path("routing/<int:pk>/", routing.routing_rule, name="routing_rule"),
    path("routing/<int:pk>/move/", routing.routing_rule_move, name="routing_rule_move"),
    path("routing/<int:pk>/switch/", routing.routing_rule_switch, name="routing_rule_switch"),
    path("routing/<int:pk>/delete/", routing.routing_rule_delete, name="routing_rule_delete"),
]
