"""Whole numbers in place of ids: engines group, join and hold them several times faster than texts."""

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine, keep


def numbered(backend: Engine, name: str, *tables: ir.Table) -> ir.Table:
    """By `{name}_id` its number, in a column `name`: of all ids that these tables have, in the order of the ids."""
    columns = [table.select(f"{name}_id") for table in tables]
    ids = ibis.union(*columns) if len(columns) > 1 else columns[0]
    known = ids.filter(ids[f"{name}_id"].notnull()).distinct()
    number = ibis.row_number().over(order_by=known[f"{name}_id"])
    return keep(backend, f"{name}_codes", known.select(f"{name}_id", number.cast("int32").name(name)))
