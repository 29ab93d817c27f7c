"""What accounts' workers do."""

from accounts.tasks.imports import sweep_imports, work_on_import

__all__ = ["sweep_imports", "work_on_import"]
