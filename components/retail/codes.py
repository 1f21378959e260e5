"""Whole numbers instead of ids: engines group, join and hold them several times faster than texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.shell.engine import Backend, keep

IDS = ("customer", "article")


@dataclass(frozen=True)
class Codes:
    """By name, such as `customer`, the ids with their numbers, which are in the order of the ids."""

    of: Mapping[str, ir.Table]

    def coded(self, table: ir.Table, *names: str) -> ir.Table:
        """The rows whose ids are known, with the numbers instead of them; of all names, or of those that are given."""
        for name in names or self.of:
            table = table.inner_join(self.of[name], f"{name}_id").drop(f"{name}_id")
        return table

    def decoded(self, table: ir.Table, *names: str) -> ir.Table:
        """The rows with the ids instead of their numbers."""
        for name in names or self.of:
            table = table.inner_join(self.of[name], name).drop(name)
        return table


def codes_of(backend: Backend, *tables: ir.Table, names: Sequence[str] = IDS) -> Codes:
    """The codes of all ids of these names that the tables have."""
    return Codes({name: keep(backend, f"{name}_codes", _numbered(name, tables)) for name in names})


def _numbered(name: str, tables: tuple[ir.Table, ...]) -> ir.Table:
    having = [table.select(f"{name}_id") for table in tables if f"{name}_id" in table.columns]
    ids = ibis.union(*having) if len(having) > 1 else having[0]
    known = ids.filter(ids[f"{name}_id"].notnull()).distinct()
    number = ibis.row_number().over(order_by=known[f"{name}_id"])
    return known.select(f"{name}_id", number.cast("int32").name(name))
