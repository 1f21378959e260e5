"""Whole numbers in place of ids: engines group, join and hold them several times faster than texts."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine, keep

IDS = ("customer", "article")


@dataclass(frozen=True)
class Codes:
    """By id of customers and articles their numbers, which are in the order of the ids."""

    customers: ir.Table
    articles: ir.Table

    def coded(self, table: ir.Table) -> ir.Table:
        """The rows whose ids are known, with `customer` and `article` in place of the ids."""
        for codes, name in self._each():
            table = table.inner_join(codes, f"{name}_id")
        return table.drop(*(f"{name}_id" for name in IDS))

    def decoded(self, table: ir.Table) -> ir.Table:
        """The rows with their ids, in place of the numbers."""
        for codes, name in self._each():
            table = table.inner_join(codes, name)
        return table.drop(*IDS)

    def _each(self) -> tuple[tuple[ir.Table, str], ...]:
        return tuple(zip((self.customers, self.articles), IDS, strict=True))


def codes_of(backend: Engine, *tables: ir.Table) -> Codes:
    """The codes of all ids that these tables have."""
    return Codes(*(keep(backend, f"{name}_codes", _numbered(name, tables)) for name in IDS))


def _numbered(name: str, tables: tuple[ir.Table, ...]) -> ir.Table:
    ids = ibis.union(*(table.select(f"{name}_id") for table in tables)) if len(tables) > 1 else tables[0]
    known = ids.filter(ids[f"{name}_id"].notnull()).select(f"{name}_id").distinct()
    number = ibis.row_number().over(order_by=known[f"{name}_id"])
    return known.select(f"{name}_id", number.cast("int32").name(name))
