from django.urls import URLPattern, URLResolver, path

from lifecycle.views import renewals

urlpatterns: list[URLPattern | URLResolver] = [
    path("renewals/", renewals.renewals, name="renewals"),
    path("renewals/list/", renewals.renewal_list, name="renewal_list"),
    path("renewals/locks/", renewals.forecast_locks, name="forecast_locks"),
    path("renewals/locks/new/", renewals.forecast_lock, name="forecast_lock"),
    path("renewals/locks/<int:lock_id>/", renewals.forecast_lock_page, name="forecast_lock_page"),
    path("renewals/targets/<str:month>/", renewals.forecast_target, name="forecast_target"),
    path("renewals/<int:renewal_id>/", renewals.renewal, name="renewal"),
    path("renewals/<int:renewal_id>/call/", renewals.renewal_call, name="renewal_call"),
    path("renewals/<int:renewal_id>/close/", renewals.renewal_close, name="renewal_close"),
]
