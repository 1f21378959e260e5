"""Visitors in parts, each computed by itself: nothing of a session or a funnel reaches beyond its visitor."""

from collections.abc import Iterable, Mapping

import ibis.expr.types as ir

from components.shell.engine import Engine
from components.shell.pieces import Pieces

MOST = 1_500_000
"""Rows of a part: a sort of theirs fits into the memory that the engine may hold."""
_MOST_PIECES = 64


def pieces_for(rows: int) -> int:
    """Into how many pieces so many rows are put, most of them of no more than a part may have."""
    return max(1, min(_MOST_PIECES, -(-rows // MOST)))


def piece_of(visitor: ir.StringValue, pieces: int) -> ir.IntegerValue:
    """The piece of a visitor, from 0 on: whatever there is of them is in pieces of this number."""
    # The hash may be below 0, and what is left over with it.
    return (visitor.hash() % pieces + pieces) % pieces


def by_visitor(backend: Engine, name: str, rows: ir.Table, pieces: int) -> Pieces:
    """The rows, put into so many pieces by their `visitor`."""
    parts = Pieces(backend, name, rows.schema())
    parts.add(rows, piece_of(rows.visitor, pieces))
    return parts


def groups(tables: Iterable[Pieces]) -> list[list[int]]:
    """The numbers of all pieces, in groups that are computed at once: as few as may be, of so many rows at most.

    A piece that has more by itself is a group of its own. There is one group at least.
    """
    rows: dict[int, int] = {}
    for table in tables:
        for number, count in table.rows().items():
            rows[number] = rows.get(number, 0) + count
    return _grouped(rows, MOST)


def _grouped(rows: Mapping[int, int], most: int) -> list[list[int]]:
    grouped: list[list[int]] = [[]]
    size = 0
    for number, count in sorted(rows.items()):
        if grouped[-1] and size + count > most:
            grouped.append([])
            size = 0
        grouped[-1].append(number)
        size += count
    return grouped
