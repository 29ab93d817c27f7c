"""The frame around every page: entries of the sidebar and of settings, and what `ui` asks of the apps above it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# Who reads what the vendor plans with its accounts.
READERS = ("admin", "manager", "csm", "viewer")
# Entries of the sidebar.
NAVIGATION: list[dict[str, Any]] = [
    {"label": _("Today"), "url": "today", "icon": "house", "key": "g t"},
    {"label": _("Inbox"), "url": "inbox", "icon": "inbox", "key": "g b", "count": "team.selectors.install.inbox_count"},
    {"label": _("Accounts"), "url": "accounts", "icon": "building-2", "key": "g a"},
    {
        "label": _("Renewals"),
        "url": "renewals",
        "icon": "repeat",
        "key": "g r",
        "roles": READERS,
    },
    {
        "label": _("Retention"),
        "url": "retention",
        "icon": "trending-up",
        "key": "g v",
        "roles": READERS,
    },
    {
        "label": _("Journey"),
        "url": "journey_board",
        "icon": "route",
        "key": "g j",
        "match": ("/journeys/", "/stages/", "/criteria/"),
        "roles": READERS,
    },
    {
        "label": _("Tasks"),
        "url": "tasks",
        "icon": "list-checks",
        "key": "g k",
        "match": ("/promises/", "/causes/"),
    },
    {
        "label": _("Book"),
        "url": "book",
        "icon": "users",
        "key": "g m",
        "roles": ("admin", "manager", "viewer"),
    },
    {
        "label": _("Use cases"),
        "url": "use_cases",
        "icon": "target",
        "key": "g w",
        "roles": READERS,
    },
    {
        "label": _("Playbooks"),
        "url": "playbooks",
        "icon": "play",
        "key": "g p",
        "match": ("/plays/", "/mails/"),
        "roles": READERS,
    },
    {
        "label": _("Insights"),
        "url": "insights",
        "icon": "lightbulb",
        "key": "g i",
        "match": ("/feedback/", "/advocacy/", "/rules/"),
    },
    {
        "label": _("Risks"),
        "url": "risks",
        "icon": "triangle-alert",
        "key": "g x",
        "match": ("/board/",),
    },
    {
        "label": _("Contacts"),
        "url": "contacts",
        "icon": "users",
        "key": "g c",
        "match": ("/subscriptions/", "/touchpoints/", "/tickets/"),
    },
    {
        "label": _("Surveys"),
        "url": "surveys",
        "icon": "clipboard-list",
        "key": "g s",
        "roles": READERS,
    },
    {
        "label": _("Measures"),
        "url": "measures",
        "icon": "gauge",
        "key": "g q",
        "roles": READERS,
    },
    {
        "label": _("Scorecards"),
        "url": "scorecards",
        "icon": "sliders-horizontal",
        "key": "g d",
        "match": ("/recompute/",),
        "roles": READERS,
    },
    {"label": _("Outbox"), "url": "outbox", "icon": "send", "key": "g o", "roles": ("admin", "manager", "csm")},
    {
        "label": _("Usage"),
        "url": "features",
        "icon": "activity",
        "key": "g f",
        "match": ("/events/",),
        "roles": ("admin", "manager"),
    },
    {"label": _("Imports"), "url": "imports", "icon": "file-up", "key": "g u", "roles": ("admin", "manager")},
    {
        "label": _("Settings"),
        "url": "settings",
        "icon": "settings",
        "key": "g e",
        "match": ("/audit/", "/recent/"),
        "is_foot": True,
    },
]
# Further sections of everybody's own settings: (URL name, words, icon).
OWN_SETTINGS_SECTIONS: list[tuple[str, Any, str]] = [("calendars", _("Calendars"), "calendar-days")]
# Further sections of the settings for admins: (URL name, words, icon).
SETTINGS_SECTIONS: list[tuple[str, Any, str]] = [
    ("segments", _("Segments"), "tag"),
    ("custom_fields", _("Fields of accounts"), "sliders-horizontal"),
    ("rates", _("Exchange rates"), "refresh-cw"),
    ("routing_rules", _("Routing of feedback"), "route"),
    ("trackers", _("Trackers"), "link"),
    ("contact_budget", _("Contact budget"), "mail"),
]
# What can be made from anywhere (key C).
UI_CREATE: list[dict[str, Any]] = [
    {
        "label": _("Task"),
        "url": "task_create",
        "icon": "list-checks",
        "key": "t",
        "is_dialog": True,
        "roles": ("admin", "manager", "csm", "member"),
    },
    {
        "label": _("Feedback"),
        "url": "feedback_add",
        "icon": "quote",
        "key": "f",
        "is_dialog": True,
        "roles": ("admin", "manager", "csm"),
    },
    {"label": _("Account"), "url": "account_create", "icon": "building-2", "roles": ("admin", "manager", "csm")},
    {"label": _("Contact"), "url": "contact_add", "icon": "user-plus", "roles": ("admin", "manager", "csm")},
    {"label": _("Ticket"), "url": "ticket_add", "icon": "ticket", "roles": ("admin", "manager", "csm")},
    {"label": _("Contract"), "url": "subscription_add", "icon": "file-text", "roles": ("admin", "manager", "csm")},
]
# Rows of saved views without a request: {list name: callable(*, query, user) -> (queryset, problems)}.
SAVED_VIEW_ROWS: dict[str, str] = {
    "accounts": "workspace.views.account_list.accounts_of_view",
    "contacts": "accounts.http.lists.contacts_of_view",
}
# By how much accounts use the product more or less than before: callable(account_ids) -> {account id: percent}.
USAGE_CHANGES = "engagement.selectors.usage_changes.usage_changes"
UI_NOW = "team.clock.now"
UI_BRAND = "team.selectors.install.brand_of"
UI_CURRENCY = "team.selectors.install.currency"
UI_VIEWS = "team.selectors.install.sidebar_views"
UI_SAVE_THEME = "team.services.install.save_theme"
UI_TODAY = "team.clock.today"
UI_PALETTE_INDEX = "palette_index"
UI_PALETTE_SEARCH = "palette_search"
UI_PROFILE_URL = "profile"
UI_LOGOUT_URL = "account_logout"
UI_UNDO_URL = "undo_last"
