"""Addresses of the use cases."""

from django.urls import URLPattern, URLResolver, path

from engagement.views.use_cases import (
    use_case,
    use_case_accounts,
    use_case_add,
    use_case_delete,
    use_case_edit,
    use_case_starters,
    use_case_switch,
    use_case_try,
    use_cases,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("use-cases/", use_cases, name="use_cases"),
    path("use-cases/add/", use_case_add, name="use_case_add"),
    path("use-cases/try/", use_case_try, name="use_case_try"),
    path("use-cases/starters/", use_case_starters, name="use_case_starters"),
    path("use-cases/<int:pk>/", use_case, name="use_case"),
    path("use-cases/<int:pk>/accounts/", use_case_accounts, name="use_case_accounts"),
    path("use-cases/<int:pk>/edit/", use_case_edit, name="use_case_edit"),
    path("use-cases/<int:pk>/switch/", use_case_switch, name="use_case_switch"),
    path("use-cases/<int:pk>/delete/", use_case_delete, name="use_case_delete"),
]
