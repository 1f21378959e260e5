"""Customers and articles by numbers in place of their ids."""

from dataclasses import dataclass

import ibis.expr.types as ir

from components.retail.codes import numbered
from components.shell.engine import Engine

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
    return Codes(*(numbered(backend, name, *tables) for name in IDS))
