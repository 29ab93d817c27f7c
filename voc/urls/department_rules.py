"""Rules from voice: what departments do differently from now on."""

from django.urls import URLPattern, URLResolver, path

from voc.views import department_rules

urlpatterns: list[URLPattern | URLResolver] = [
    path("rules/", department_rules.own_rules, name="own_rules"),
    path("rules/new/", department_rules.own_rule_add, name="own_rule_add"),
    path("rules/<int:pk>/", department_rules.own_rule, name="own_rule"),
    path("rules/<int:pk>/edit/", department_rules.own_rule_edit, name="own_rule_edit"),
    path("rules/<int:pk>/review/", department_rules.own_rule_review, name="own_rule_review"),
    path("rules/<int:pk>/end/", department_rules.own_rule_end, name="own_rule_end"),
]
