"""Rows that were delivered or extracted more than once."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir


def once(table: ir.Table, keys: Sequence[str], order: Sequence[str]) -> ir.Table:
    """The table with one row per key, and in `copies` how many rows there were.

    Kept is the copy that was usable first, so that a later copy never changes what was seen before. `order` begins with
    usable_at and names all columns in which copies may differ, which breaks ties the same way every time: the least
    row wins, column by column, nulls last. Rows with a null in a key are dropped.
    """
    whole = table.filter(*(table[key].notnull() for key in keys)).select(*keys, *order)
    # Nearly all rows have a key of their own: comparing copies as a whole is left to those that have any.
    repeated = whole.group_by(keys).agg(copies=whole.count()).filter(lambda counted: counted.copies > 1)
    single = whole.anti_join(repeated, keys).mutate(copies=ibis.literal(1, "int64"))
    several = whole.semi_join(repeated, keys)
    least = ibis.struct({name: value for one in order for name, value in _nulls_last(several, one)}).min()
    grouped = several.group_by(keys).agg(copies=several.count(), least=least).unpack("least")
    return single.union(grouped.select(*single.columns))


def _nulls_last(rows: ir.Table, column: str) -> Iterator[tuple[str, ir.Value]]:
    """The column, and before it whether it is null: within rows that are compared, nulls come first to Spark."""
    yield f"no_{column}", rows[column].isnull()
    yield column, rows[column]
