"""What accounts' workers do."""

from accounts.tasks.imports import ring_import, sweep_imports, work_on_import

__all__ = ["ring_import", "sweep_imports", "work_on_import"]
