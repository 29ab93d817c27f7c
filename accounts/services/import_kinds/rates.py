"""Exchange rates of a file, such as a bank publishes them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import ExchangeRate, ImportRow
from accounts.services.imports.records import Draft, RecordKind
from accounts.services.imports.registry import Context, Field, Row
from accounts.services.rates import settle_rates
from team.selectors.install import currency as own_currency


class RatesKind(RecordKind):
    """A row is what one unit of a currency is worth in ours from a day on."""

    name = "rates"
    label = _lazy("Exchange rates")
    description = _lazy("What one unit of a currency is worth in yours, from a day on.")
    model = ExchangeRate
    declared = (
        Field("currency", _lazy("Currency"), "currency", is_required=True, aliases=("currency_code", "code", "iso")),
        Field("valid_from", _lazy("Valid from"), "date", is_required=True, aliases=("date", "day", "from")),
        Field(
            "rate",
            _lazy("Worth in our currency"),
            "decimal",
            is_required=True,
            places=8,
            aliases=("value", "exchange_rate", "worth"),
            help=_lazy("One unit of the currency in yours: 1.08 when a euro costs 1.08 dollars."),
        ),
    )

    def key_of(self, row: Row) -> str:
        return f"{row.get('currency')} {row.get('valid_from')}"

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        own = own_currency()
        for draft in drafts:
            values = draft.row.values
            draft.key = self.key_of(draft.row)
            draft.columns = {"rate": values["rate"], "source": f"import {context.run_id}"}
            if values["currency"] == own:
                draft.error = _("It is the currency that all sums are shown in: it is always worth 1.")
            elif values["rate"] <= 0:
                draft.error = _("A rate must be above 0.")

    def find(self, drafts: Sequence[Draft], context: Context) -> dict[str, Any]:
        days: set[dt.date] = {draft.row.values["valid_from"] for draft in drafts}
        rows = self.rows().filter(
            currency__in={draft.row.values["currency"] for draft in drafts}, valid_from__in=sorted(days)
        )
        return {f"{row.currency} {row.valid_from}": row for row in self.locked(rows, context)}

    def compare(self, draft: Draft) -> bool:
        """The same rate from another file is no change."""
        if draft.instance.rate == draft.columns["rate"]:
            return False
        return super().compare(draft)

    def new(self, draft: Draft, context: Context) -> ExchangeRate:
        values = draft.row.values
        return ExchangeRate(currency=values["currency"], valid_from=values["valid_from"], **draft.columns)

    def finish(self, account_ids: Sequence[int], *, context: Context) -> list[str]:
        if not context.is_dry:
            settle_rates(currencies=ExchangeRate.objects.values_list("currency", flat=True).distinct())
        return []

    def undo(self, rows: Sequence[ImportRow]) -> None:
        currencies = list(ExchangeRate.objects.values_list("currency", flat=True).distinct())
        super().undo(rows)
        settle_rates(currencies=currencies)
