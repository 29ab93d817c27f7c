"""Who may see and change the contact budget: rules are the admins'; ledgers are of everybody who sees the account."""

from dataclasses import asdict

from django.utils import timezone

from accounts.formulas.budget import BudgetRules
from accounts.formulas.budget_trials import Tally
from accounts.models import BudgetTrial
from tests.access.table import World
from tests.makers import make_contact


def _trial(world: World) -> int:
    """Of other rules than those that count."""
    trial = BudgetTrial.objects.create(
        rules=asdict(BudgetRules(mails_per_week=3)),
        asked_by=world.people["admin"],
        state=BudgetTrial.State.DONE,
        finished_at=timezone.now(),
        result=Tally().to_json(),
    )
    return trial.pk


THINGS = {
    "budget_trial": _trial,
    "budget_contact": lambda world: make_contact(world.account).pk,
    "foreign_budget_contact": lambda world: make_contact(world.foreign_account).pk,
}

TABLE = """
#                                                   anon admin manager csm stranger granted member viewer
GET   contact_budget                                in   200   404     404 404      404     404    404
POST  contact_budget                                in   422   404     404 404      404     404    404
GET   budget_trial trial_id=$budget_trial           in   200   404     404 404      404     404    404
POST  budget_rules_save trial_id=$budget_trial      in   302   404     404 404      404     404    404
GET   account_budget account_id=$account            in   200   200     200 404      200     404    200
GET   account_budget account_id=$foreign_account    in   200   200     404 200      404     404    200
GET   contact_ledger contact_id=$budget_contact     in   200   200     200 404      200     404    200
GET   contact_ledger contact_id=$foreign_budget_contact in 200 200     404 200      404     404    200
"""
