"""Rows whose key comes more than once."""

from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir

REPEATED = "repeated_key"
Hold = Callable[[str, ir.Table], ir.Table]
"""Computes a table once and holds it under a name."""


def as_it_is(_name: str, table: ir.Table) -> ir.Table:
    """The table, to be computed wherever it is used."""
    return table


def once(
    table: ir.Table, key: str, usable_at: ir.Value | None, values: Sequence[str], hold: Hold = as_it_is
) -> tuple[ir.Table, ir.Table]:
    """The first row of each key, and the others, with `reason`; rows without a key are all first.

    First is the copy that was usable first, so that a later one never changes what was seen before, and among those the
    least row, column by column, nulls last. Where nothing says when they were usable, the least row is.
    """
    first = () if usable_at is None else (usable_at,)
    order = [value.asc(nulls_first=False) for value in (*first, *(table[name] for name in values))]
    number = ibis.row_number().over(group_by=table[key], order_by=order)
    # Few keys come twice, and to order all rows takes several times as long as to find those. To find them is most of
    # what it takes to check rows, and both tables need them, as often as they are read.
    known = table.filter(table[key].notnull())
    counts = known.group_by(key).agg(rows=known.count())
    twice = hold(f"repeated_{key}", counts.filter(counts.rows > 1).select(key))
    ordered = table.semi_join(twice, key).mutate(copy_index=number)
    firsts = ordered.filter(ordered.copy_index == 0).drop("copy_index")
    repeats = ordered.filter(ordered.copy_index > 0).drop("copy_index").mutate(reason=ibis.literal(REPEATED))
    return table.anti_join(twice, key).union(firsts), repeats
