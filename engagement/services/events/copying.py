"""COPY in its binary format: Postgres neither looks for the ends of words nor reads numbers and times sign by sign."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
from django.db import connection

HEAD, TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
PIECE = 1 << 20
length = struct.Struct(">i").pack


class Pieces(list[bytes]):
    """What COPY writes; joined once, for a buffer that grows is copied again and again."""

    write = list[bytes].append


def copy_in(statement: str, rows: Iterable[bytes]) -> None:
    """Write rows that begin with the number of their cells, given in pieces of any size. Raises what Django raises."""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, Source(rows), PIECE)


class Source:
    """Hands the pieces over as they are made: all of them together would leave the processor's memory and come back."""

    def __init__(self, rows: Iterable[bytes]) -> None:
        pieces = chain((HEAD,), rows, (TAIL,))
        self.left = (piece[at : at + PIECE] for piece in pieces for at in range(0, len(piece), PIECE))

    def read(self, _size: int) -> bytes:
        return next(self.left, b"")


def copy_out(query: str, cells: int) -> list[list[bytes | None]]:
    """The rows of a query as they are sent, each with so many cells."""
    answer = Pieces()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", answer, PIECE)
    view, at = memoryview(b"".join(answer)), len(HEAD)
    rows: list[list[bytes | None]] = []
    while view[at : at + 2] != TAIL:
        at += 2
        row: list[bytes | None] = []
        for _cell in range(cells):
            size = int.from_bytes(view[at : at + 4], "big", signed=True)
            at += 4
            row.append(bytes(view[at : at + size]) if size >= 0 else None)
            at += max(size, 0)
        rows.append(row)
    return rows


def row_of(cells: Sequence[bytes | None]) -> bytes:
    """One row: each cell with its length before it, -1 for none."""
    sized = (length(-1) if cell is None else length(len(cell)) + cell for cell in cells)
    return b"".join((len(cells).to_bytes(2, "big"), *sized))


def numbers(columns: Sequence[npt.NDArray[np.int64]], *, cells: int) -> Iterator[bytes]:
    """The beginnings of rows with so many cells: their first ones, numbers of eight bytes."""
    kind = [("cells", ">i2")]
    for at in range(len(columns)):
        kind += [(f"length_{at}", ">i4"), (f"cell_{at}", ">i8")]
    rows = np.empty(len(columns[0]), np.dtype(kind))
    rows["cells"] = cells
    for at, column in enumerate(columns):
        rows[f"length_{at}"], rows[f"cell_{at}"] = 8, column
    packed, size = rows.tobytes(), rows.itemsize
    return (packed[at : at + size] for at in range(0, len(packed), size))
