"""The raw tables of a shop as an extract left them: which there are, what they lack, and when they were taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis.expr.types as ir

from components.retail.missing import missing
from components.shell import datasets
from components.shell.engine import Backend
from components.shell.extracts import taken_at

TABLES = ("transactions", "customers", "articles", "orders", "order_items", "events", "wishlist")


@dataclass(frozen=True)
class Source:
    """The tables that the source has, with the columns that it has of them, and the rows of each.

    `taken_at` is when they were as they are; None where it is not known.
    """

    tables: Mapping[str, ir.Table]
    rows: Mapping[str, int]
    missing_columns: Mapping[str, list[str]]
    taken_at: datetime | None

    @property
    def missing_tables(self) -> list[str]:
        """The tables that the source does not have."""
        return [name for name in TABLES if name not in self.tables]

    def get(self, name: str, *needed: str) -> ir.Table | None:
        """The table; None where the source does not have it, or not all the columns that are needed."""
        table = self.tables.get(name)
        return table if table is not None and set(needed) <= set(table.columns) else None


def read(backend: Backend, raw: Path) -> Source:
    """What lies below the directory."""
    lacking = missing(raw)
    tables: dict[str, ir.Table] = {}
    rows: dict[str, int] = {}
    without: dict[str, list[str]] = {}
    for name in TABLES:
        if not (raw / name).is_dir():
            continue
        table = backend.read_parquet(datasets.files(raw / name))
        lacks = [column for column in table.columns if column in lacking.get(name, ())]
        if len(lacks) < len(table.columns):
            tables[name], rows[name] = table.drop(*lacks), datasets.read_manifest(raw / name).rows
            without |= {name: lacks} if lacks else {}
    return Source(tables, rows, without, taken_at(raw))
