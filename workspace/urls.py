from django.urls import URLPattern, URLResolver, path

from workspace.views import account, accounts, decks, edits, search, today

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("today/<int:account_id>/done/", today.suggestion_done, name="suggestion_done"),
    path("today/<int:account_id>/snooze/", today.suggestion_snooze, name="suggestion_snooze"),
    path("today/asks/<int:touchpoint_id>/snooze/", today.ask_snooze, name="ask_snooze"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/bulk/<slug:what>/", edits.account_bulk, name="account_bulk"),
    path("accounts/<int:account_id>/", account.account, name="account"),
    path("accounts/<int:account_id>/timeline/", account.account_timeline, name="account_timeline"),
    path("accounts/<int:account_id>/people/", account.account_people, name="account_people"),
    path("accounts/<int:account_id>/plan/", account.account_plan, name="account_plan"),
    path("accounts/<int:account_id>/usage/", account.account_usage, name="account_usage"),
    path("accounts/<int:account_id>/voice/", account.account_voice, name="account_voice"),
    path("accounts/<int:account_id>/commercial/", account.account_commercial, name="account_commercial"),
    path("accounts/<int:account_id>/review/", decks.account_review, name="account_review"),
    path("accounts/<int:account_id>/review/make/<slug:kind>/", decks.review_make, name="review_make"),
    path("accounts/<int:account_id>/review/files/<int:job_id>/", decks.review_job, name="review_job"),
    path("accounts/<int:account_id>/peek/", account.account_peek, name="account_peek"),
    path("accounts/<int:account_id>/strip/", account.account_strip, name="account_strip"),
    path("accounts/<int:account_id>/set/<slug:field>/", edits.account_field, name="account_field"),
    path("search/", search.search, name="search"),
    path("search/accounts/", search.account_options, name="account_options"),
    path("palette/", search.palette_index, name="palette_index"),
    path("palette/search/", search.palette_search, name="palette_search"),
]
