"""What accounts' workers do."""

from accounts.tasks.imports import ring_import, sweep_imports, work_on_import
from accounts.tasks.summaries import sweep_summaries

__all__ = ["ring_import", "sweep_imports", "sweep_summaries", "work_on_import"]
