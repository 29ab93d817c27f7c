"""Lists: declared columns and filters, keyset paging, chips, column choice, CSV; the whole state is in the address."""

from ui.lists.page import ListPage, build_list, export_list, list_response
from ui.lists.spec import Column, Empty, Filter, ListSpec

__all__ = ["Column", "Empty", "Filter", "ListPage", "ListSpec", "build_list", "export_list", "list_response"]
