"""Retention of closed cohorts: who was a customer at the start of a period, and what is left of their revenue."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Definition:
    """How retention is counted. The first value of each is what the pages use unless another is asked for."""

    netting: Literal["account", "subscription"] = "account"
    with_currency: bool = False
    with_trials: bool = False
    returns: Literal["kept", "new"] = "kept"


STANDARD = Definition()


@dataclass(frozen=True, slots=True)
class Retention:
    """What became of the revenue of one period's opening customers; amounts in the install's currency.

    opening - churn - contraction = what gross retention counts; + expansion = what net retention counts. `closing` is
    the ARR of all accounts at the end, customers who came in the period too; `customers` counts those of the start and
    `kept_customers` those of them with revenue at the end.
    """

    opening: Decimal = Decimal(0)
    churn: Decimal = Decimal(0)
    contraction: Decimal = Decimal(0)
    expansion: Decimal = Decimal(0)
    closing: Decimal = Decimal(0)
    customers: int = 0
    kept_customers: int = 0

    def __add__(self, other: "Retention") -> "Retention":
        """Both together, when no account is in both."""
        return Retention(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def lost(self) -> Decimal:
        return self.churn + self.contraction

    @property
    def retained(self) -> Decimal:
        return self.opening - self.churn - self.contraction

    @property
    def kept(self) -> Decimal:
        return self.retained + self.expansion

    @property
    def grr(self) -> Decimal | None:
        """(opening - contraction - churn) / opening, 0 to 1; None without revenue at the start. Design, section 4."""
        return self.retained / self.opening if self.opening else None

    @property
    def nrr(self) -> Decimal | None:
        """(opening - contraction - churn + expansion) / opening; None without revenue at the start."""
        return self.kept / self.opening if self.opening else None

    @property
    def logo_retention(self) -> Decimal | None:
        """Customers kept / customers at the start; None without any."""
        return Decimal(self.kept_customers) / self.customers if self.customers else None
