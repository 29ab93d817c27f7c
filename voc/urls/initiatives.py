"""Work that customers asked for, and what they read of it."""

from django.urls import URLPattern, URLResolver, path

from voc.views import initiative_asks, initiatives, tellings, you_said

urlpatterns: list[URLPattern | URLResolver] = [
    path("initiatives/", initiatives.initiatives, name="initiatives"),
    path("initiatives/new/", initiatives.initiative_add, name="initiative_add"),
    path("initiatives/from/", initiatives.initiative_from, name="initiative_from"),
    path("initiatives/<int:pk>/", initiatives.initiative, name="initiative"),
    path("initiatives/<int:pk>/edit/", initiatives.initiative_edit, name="initiative_edit"),
    path("initiatives/<int:pk>/start/", initiatives.initiative_start, name="initiative_start"),
    path("initiatives/<int:pk>/ship/", initiatives.initiative_ship, name="initiative_ship"),
    path("initiatives/<int:pk>/drop/", initiatives.initiative_drop, name="initiative_drop"),
    path("initiatives/<int:pk>/reopen/", initiatives.initiative_reopen, name="initiative_reopen"),
    path("initiatives/<int:pk>/texts/", initiatives.initiative_texts, name="initiative_texts"),
    path("initiatives/<int:pk>/insights/add/", initiative_asks.initiative_insight_add, name="initiative_insight_add"),
    path(
        "initiatives/<int:pk>/insights/options/",
        initiative_asks.initiative_insight_options,
        name="initiative_insight_options",
    ),
    path(
        "initiatives/<int:pk>/insights/<int:insight>/remove/",
        initiative_asks.initiative_insight_remove,
        name="initiative_insight_remove",
    ),
    path("initiatives/<int:pk>/votes/add/", initiative_asks.initiative_vote, name="initiative_vote"),
    path(
        "initiatives/<int:pk>/votes/<int:vote>/remove/",
        initiative_asks.initiative_vote_remove,
        name="initiative_vote_remove",
    ),
    path("initiatives/<int:pk>/tellings/", tellings.tellings, name="tellings"),
    path("initiatives/<int:pk>/tellings/send/", tellings.tellings_send, name="tellings_send"),
    path("initiatives/<int:pk>/tellings/<int:telling>/", tellings.telling_edit, name="telling_edit"),
    path("initiatives/<int:pk>/tellings/<int:telling>/send/", tellings.telling_send, name="telling_send"),
    path(
        "initiatives/<int:pk>/tellings/<int:telling>/leave-out/", tellings.telling_leave_out, name="telling_leave_out"
    ),
    path("initiatives/<int:pk>/tellings/<int:telling>/take-in/", tellings.telling_take_in, name="telling_take_in"),
    path("insights/<int:pk>/initiative/", initiative_asks.insight_initiative, name="insight_initiative"),
    path("you-said/", you_said.you_said, name="you_said"),
]
