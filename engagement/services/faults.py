"""What an error of the database is about: the data that was written, or the database itself."""

from django.db import DatabaseError, InterfaceError, OperationalError

# Too much for one statement, or it took longer than the server allows: less data may pass.
OF_DATA = ("54", "57014")


def is_away(error: Exception) -> bool:
    """Whether the database is away or too busy: later the same may pass.

    Of a connection that ends in the middle of a COPY the driver says neither kind nor code.
    """
    return isinstance(error, InterfaceError | OperationalError) or (type(error) is DatabaseError and not _code(error))


def is_about_data(error: Exception) -> bool:
    """False when the database is away or workers waited for each other: then the same data passes the next time."""
    return not is_away(error) or _code(error).startswith(OF_DATA)


def _code(error: Exception) -> str:
    return getattr(error.__cause__, "pgcode", None) or ""
