"""What an error of the database is about: the data that was written, or the database itself."""

from django.db import InterfaceError, OperationalError

# Too much for one statement, or it took longer than the server allows: less data may pass.
OF_DATA = ("54", "57014")


def is_about_data(error: Exception) -> bool:
    """False when the database is away or workers waited for each other: then the same data passes the next time."""
    if isinstance(error, InterfaceError):
        return False
    code = getattr(error.__cause__, "pgcode", None) or ""
    return not isinstance(error, OperationalError) or code.startswith(OF_DATA)
