"""Paging of API lists."""

from rest_framework.pagination import CursorPagination


class IdPagination(CursorPagination):
    """Pages by id, newest first; never counts."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 200
