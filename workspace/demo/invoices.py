"""What the demo's vendor billed, as a billing system tells of it: most pay in time, a few some days late."""

import datetime as dt
import random

from workspace.demo.facts import FactSheets, at_hour
from workspace.demo.shape import Shape

DUE_DAYS_AGO = (24, 115)


def write_invoices(sheets: FactSheets, rng: random.Random, shape: Shape) -> None:
    """Two quarters of accounts that are fairly well; what goes wrong with money is planted elsewhere."""
    age = (sheets.today - shape.signed_on).days
    if shape.story or shape.planted or shape.mood < 0.2 or rng.random() < 0.3:
        return
    for number, days in enumerate(DUE_DAYS_AGO):
        if days + 30 > age:
            return
        due = sheets.today - dt.timedelta(days=days)
        paid = due + dt.timedelta(days=rng.choice((-12, -6, -3, -1, 0, 0, 2, 9, 18)))
        sent_at = at_hour(rng, due - dt.timedelta(days=30))
        sheets.touchpoint.add(
            account_id=shape.account_id,
            kind="invoice",
            direction="out",
            subject=f"Invoice {due:%Y}-{shape.account_id}-{number + 1}",
            details={
                "amount": float(round(shape.arr / 4, 2)),
                "due_on": due.isoformat(),
                "paid_on": min(paid, sheets.today).isoformat(),
            },
            occurred_at=sent_at,
            created_at=sent_at,
            is_automated=True,
            source="billing",
        )
