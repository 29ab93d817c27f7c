"""Cells that a spreadsheet would run: made harmless on the way out, read back as they were on the way in."""

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def neutralise(cell: str) -> str:
    """The cell for a CSV that somebody opens in a spreadsheet: what starts like a formula gets an apostrophe."""
    # SECURITY: spreadsheets run cells that start with these; every CSV that leaves goes through here.
    if cell.startswith(_STARTS) or (cell.startswith("'") and cell[1:].startswith(_STARTS)):
        return f"'{cell}"
    return cell


def restore(cell: str) -> str:
    """The opposite of `neutralise`, so that an export that comes back keeps its values."""
    if cell.startswith("'") and cell[1:].lstrip("'").startswith(_STARTS):
        return cell[1:]
    return cell
