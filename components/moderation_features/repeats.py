"""Rows that were delivered or extracted more than once."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir


def once(table: ir.Table, keys: Sequence[str], order: Sequence[str]) -> ir.Table:
    """The table with one row per key, and in `copies` how many rows there were.

    Kept is the copy that was usable first, so that a later copy never changes what was seen before. `order` begins with
    usable_at and names all columns in which copies may differ, which breaks ties the same way every time: the least
    row wins, column by column, nulls last. Rows with a null in a key are dropped.
    """
    whole = table.filter(*(table[key].notnull() for key in keys))
    first = ibis.struct({name: whole[name] for name in order}).min()
    grouped = whole.group_by(keys).agg(copies=whole.count(), first=first)
    return grouped.unpack("first")
