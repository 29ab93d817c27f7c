"""What accounts' workers do."""

from accounts.tasks.budget import ring_budget_trial, sweep_budget_trials, work_on_budget_trial
from accounts.tasks.imports import ring_import, sweep_imports, work_on_import
from accounts.tasks.summaries import sweep_summaries

__all__ = [
    "ring_budget_trial",
    "ring_import",
    "sweep_budget_trials",
    "sweep_imports",
    "sweep_summaries",
    "work_on_budget_trial",
    "work_on_import",
]
