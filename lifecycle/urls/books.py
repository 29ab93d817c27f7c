from django.urls import URLPattern, URLResolver, path

from lifecycle.views import books, calendars

urlpatterns: list[URLPattern | URLResolver] = [
    path("book/", books.book, name="book"),
    path("book/reassign/", books.book_reassign, name="book_reassign"),
    path("settings/calendars/", calendars.calendars, name="calendars"),
    path("settings/calendars/file/", calendars.calendar_file, name="calendar_file"),
    path("settings/calendars/feed/", calendars.calendar_feed_open, name="calendar_feed_open"),
    path("settings/calendars/feed/revoke/", calendars.calendar_feed_revoke, name="calendar_feed_revoke"),
    path("settings/calendars/<int:source_id>/read/", calendars.calendar_read, name="calendar_read"),
    path("settings/calendars/<int:source_id>/remove/", calendars.calendar_remove, name="calendar_remove"),
    path("calendar/<str:token>.ics", calendars.calendar_feed, name="calendar_feed"),
    path("meetings/<int:meeting_id>/log/", calendars.meeting_log, name="meeting_log"),
    path("meetings/<int:meeting_id>/account/", calendars.meeting_link, name="meeting_link"),
]
