"""Writing the ledger of movements."""

from lifecycle.services.movements.refreshing import check_movements, refresh_movements

__all__ = ["check_movements", "refresh_movements"]
