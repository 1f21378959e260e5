"""Rows of a source in the types of their raw table."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from pyiceberg.io.pyarrow import schema_to_pyarrow

from components.iceberg.scan import small
from components.iceberg.tables import TableDefinition, iceberg_schema
from components.retail.columns import column, day, instant, key
from components.shell.as_json import as_json
from components.shell.errors import ConfigurationError

# With a blank in front, so that no column of a source is called alike.
REASON, ROW = " reason", " row"
_DAY = " day"


@dataclass(frozen=True)
class Landing:
    """How rows land: the raw table, the column of their time, texts that may be numbers in the source, and the zone."""

    table: TableDefinition
    time: str
    numbered: Collection[str]
    timezone: str

    @property
    def source(self) -> str:
        """What the table is called among those that are extracted."""
        return self.table.name.rpartition(".")[2]

    @property
    def day_at(self) -> str:
        """The column that says when a row's local day begins."""
        return self.table.interval_column

    @property
    def schema(self) -> ibis.Schema:
        """Name and type of each column."""
        return ibis.Schema.from_pyarrow(small(schema_to_pyarrow(iceberg_schema(self.table), include_field_ids=False)))


def landed(raw: ir.Table, landing: Landing, names: Collection[str] = ()) -> ir.Table:
    """The rows with the types of the raw table, and with a `REASON` where one cannot be held there.

    `names` are the columns that are wanted beside the day's beginning, all where none are named. A number with more
    digits behind the point than its column has is rounded to them.

    Raises:
        ConfigurationError: a column of ids holds numbers, or the column of the time is missing.
    """
    if landing.time not in raw.columns:
        raise ConfigurationError(f"there is no column '{landing.time}'", "say by names what the source calls it")
    wanted = {name: kind for name, kind in landing.schema.items() if name in (names or landing.schema)}
    wanted.pop(landing.day_at, None)
    dated = raw.mutate(**{_DAY: day(raw, landing.time, landing.timezone)})
    values = {name: _value(dated, name, kind, landing) for name, kind in wanted.items()}
    begins = instant(dated, _DAY, landing.timezone)
    unfit = [
        (dated[name].notnull() & value.isnull(), f"{name}_unfit")
        for name, value in values.items()
        if name in dated.columns
    ]
    why = ibis.cases((begins.isnull(), "time_null"), *unfit, else_=ibis.null("string"))
    row = as_json(ibis.struct({name: raw[name] for name in raw.columns}))
    return dated.select(**values, **{landing.day_at: begins, REASON: why, ROW: row})


def _value(table: ir.Table, name: str, kind: Any, landing: Landing) -> ir.Value:
    if name not in table.columns:
        return ibis.null(kind)
    if kind.is_timestamp():
        return instant(table, name, landing.timezone)
    if kind.is_date():
        return day(table, name, landing.timezone)
    if kind.is_string():
        return column(table, name, "string") if name in landing.numbered else key(table, name)
    return table[name].try_cast(kind.copy(nullable=True))
