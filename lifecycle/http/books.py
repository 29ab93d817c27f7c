"""The books as a picture."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.selectors.books import Book
from ui.charts import Dot, Figure, quadrant
from ui.formats import compact_money, number, percent

MOST_LOAD = 2.0
# Circles stay inside of the frame.
REACH = Decimal("0.9")


def tone_of_load(load: float | None) -> str:
    """Red above a full week, yellow when it is nearly full."""
    if load is None:
        return ""
    return "critical" if load > 1.1 else "risk" if load > 1 else "watch" if load > 0.9 else "good"


def books_chart(books: Sequence[Book], currency: str) -> Figure:
    """ARR across, load up; the middle line is a full week. The size of a circle is its number of accounts."""
    shown = [book for book in books if book.user_id is not None]
    most = max((book.arr for book in shown), default=Decimal(0)) or Decimal(1)
    dots = []
    rows = []
    for book in shown:
        load = book.load or 0.0
        note = _("%(arr)s, %(load)s of the week, %(accounts)s accounts") % {
            "arr": compact_money(book.arr, currency),
            "load": percent(load),
            "accounts": number(book.accounts),
        }
        dots.append(
            Dot(
                book.name,
                float(REACH * (2 * book.arr / most - 1)),
                float(REACH) * (min(load, MOST_LOAD) - 1),
                size=book.accounts,
                tone=tone_of_load(load) or "great",
                url=f"{reverse('accounts')}?owner={book.user_id}",
                note=note,
            )
        )
        rows.append([book.name, compact_money(book.arr, currency), percent(load), number(book.accounts)])
    figure = quadrant(
        dots,
        title=_("ARR and load of the books"),
        corners=(
            _("Small book, overfull week"),
            _("Much at stake, overfull week"),
            _("Large book, room left"),
            _("Room for more"),
        ),
        axes=(_("ARR"), _("Load of the week (middle: full)")),
        tinted=1,
    )
    return replace(figure, head=[_("CSM"), _("ARR"), _("Load"), _("Accounts")], rows=rows)
