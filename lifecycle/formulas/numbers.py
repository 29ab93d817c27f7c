"""The numbers of retention in words: what each is called and how it is counted."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from ui.charts.frame import Text


class Worded(NamedTuple):
    label: Text
    definition: Text


# Shares, in the order of the page.
SHARES: dict[str, Worded] = {
    "grr": Worded(
        _("Gross revenue retention (GRR)"),
        _(
            "(ARR at the start - contraction - churn) / ARR at the start. Only customers who had revenue on the day "
            "before the period count, and each of them at most with what it had then: it is never over 100 %."
        ),
    ),
    "nrr": Worded(
        _("Net revenue retention (NRR)"),
        _(
            "(ARR at the start - contraction - churn + expansion) / ARR at the start, of the same customers. Customers "
            "who came in the period are not in it."
        ),
    ),
    "logo": Worded(
        _("Customers kept"), _("Customers of the start who have revenue at the end / customers of the start.")
    ),
    "renewal_rate": Worded(
        _("Renewal rate"),
        _(
            "ARR that was renewed / ARR that was due for renewal in the period and is decided. A renewal for more than "
            "was due counts as all of it; what was not due is not in it."
        ),
    ),
}
# What an account adds to a sum; names of lifecycle.selectors.movements.behind.
SUMS: dict[str, Worded] = {
    "opening": Worded(_("ARR at the start"), _("ARR on the day before the period.")),
    "closing": Worded(_("ARR at the end"), _("ARR on the last day, of all customers, new ones too.")),
    "lost": Worded(_("Lost revenue"), _("Contraction and churn of the customers of the start.")),
    "changed": Worded(
        _("Change of the customers of the start"),
        _("Expansion, contraction and churn of the customers of the start, netted per account over the period."),
    ),
    "churn": Worded(_("Churn"), _("What customers had at the start who have no revenue at the end.")),
    "contraction": Worded(
        _("Contraction"), _("How much less customers of the start have at the end, without those who left.")
    ),
    "expansion": Worded(_("Expansion"), _("How much more customers of the start have at the end.")),
    "retained": Worded(_("Retained revenue"), _("What is left of the ARR of the start, without expansion.")),
    "kept": Worded(_("Kept revenue"), _("What customers of the start have at the end, expansion included.")),
    "customers_kept": Worded(_("Customers kept"), _("Customers of the start with revenue at the end.")),
    "customers_lost": Worded(_("Customers lost"), _("Customers of the start without revenue at the end.")),
    "cohort": Worded(_("Cohort"), _("Customers by the quarter of their first revenue, with their ARR at the end.")),
}
MOVEMENTS: dict[str, Worded] = {
    "moved_new": Worded(_("New"), _("The first revenue of a customer.")),
    "moved_reactivation": Worded(
        _("Reactivation"), _("Revenue of a customer who had none on the day before, but had some earlier.")
    ),
    "moved_expansion": Worded(
        _("Expansion"), _("More revenue than on the day before; all contracts of an account are netted per day.")
    ),
    "moved_contraction": Worded(_("Contraction"), _("Less revenue than on the day before, but some.")),
    "moved_churn": Worded(_("Churn"), _("The last revenue of a customer went.")),
    "moved_currency": Worded(
        _("Exchange rate"), _("What a new exchange rate changed; never an expansion, never a contraction.")
    ),
}
WORDS: dict[str, Worded] = {**SUMS, **MOVEMENTS}
# What the numbers have in common.
RULES: tuple[Text, ...] = (
    _("All of it is derived from the contracts' history alone; what other systems say about churn changes no revenue."),
    _(
        "A contract counts from the day it starts until the day it ends: the end is its first day without revenue. "
        "Trials bring none."
    ),
    _("Amounts are in your currency at the rate of their day. GRR and NRR leave out what the rates did in the period."),
    _(
        "Retention is netted per account over the period: who shrinks and grows back has lost nothing, who leaves and "
        "comes back is kept. The waterfall adds up each day's movements, also of customers who came in the period."
    ),
    _(
        "A backdated change reverses the movements that it makes wrong and writes them anew. “As we know now” shows "
        "what holds today; “as known then” shows what had been recorded by that day."
    ),
    _("Segment and CSM are today's. Deleted accounts are in no sum; merged ones count for the one that was kept."),
    _("A fiscal year is named after the calendar year in which it ends; its first month stands in the settings."),
)
