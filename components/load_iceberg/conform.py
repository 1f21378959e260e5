"""Rows made to fit their table, or refused: names, types, nulls, values and the bounds of the interval."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from components.iceberg.conform import fitted, target_schema
from components.iceberg.receipts import Receipt
from components.iceberg.tables import TableDefinition, iceberg_schema
from components.iceberg.unfit import Fitted, Tally, fit, rejected_schema
from components.shell import datasets
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import boundary, day, format_instant, is_whole_day

_BATCH_ROWS = 1 << 16
_TODO = "correct the step that made these rows"


@dataclass(frozen=True)
class Interval:
    """The half-open interval `[start, end)` that the values of `column` must lie in; whole days for `days`."""

    column: str
    start: datetime
    end: datetime
    days: bool = False

    def texts(self) -> tuple[str, str]:
        """Both bounds as Iceberg reads them."""
        start, end = (day(at) if self.days else at for at in (self.start, self.end))
        return start.isoformat(), end.isoformat()


def interval_of(definition: TableDefinition, load: Receipt) -> Interval:
    """The interval of the load in the table's interval column.

    Raises:
        ConfigurationError: the table names none, or the interval is empty, or not of whole days where they are counted.
    """
    if not definition.interval_column:
        raise ConfigurationError(
            f"the definition of table {definition.name} names no interval_column", "see docs/tables.md"
        )
    if load.interval_start >= load.interval_end:
        raise ConfigurationError(f"the interval {load.interval} is empty", "give an end after the start")
    if definition.by_days and not (is_whole_day(load.interval_start) and is_whole_day(load.interval_end)):
        raise ConfigurationError(
            f"the interval {load.interval} is not of whole days, and '{definition.interval_column}' of table"
            f" {definition.name} is a date",
            "give bounds at midnight UTC",
        )
    return Interval(definition.interval_column, load.interval_start, load.interval_end, definition.by_days)


def fitted_batches(directory: Path, schema: Schema, unfit: Mapping[str, str]) -> Iterator[Fitted]:
    """The rows of a dataset as batches of the table's Arrow schema, field ids included, and those that do not fit it.

    Raises:
        ContractError: columns or types differ from the table's, or a value is null where none may be.
    """
    target = target_schema(schema, given_schema(directory))
    for batch in _read(directory, target.names):
        yield fitted(batch, target, unfit)


@dataclass
class Aside:
    """What is not among the rows of the interval: how many did not fit the table, and rows from before it.

    `refused` holds instant and key of the rows from before it that did not fit.
    """

    unfit: Tally = field(default_factory=Counter)
    earlier: list[pa.RecordBatch] = field(default_factory=list)
    refused: list[pa.RecordBatch] = field(default_factory=list)


def conforming_batches(
    directory: Path, table: Table, definition: TableDefinition, interval: Interval, aside: Aside
) -> Iterator[pa.RecordBatch]:
    """The rows that fit the table and lie in the interval, each checked as it passes; `aside` grows by the others.

    Raises:
        ContractError: as in `fitted_batches`, or an instant lies after the interval.
    """
    for checked in fitted_batches(directory, table.schema(), dict(definition.unfit)):
        aside.unfit.update(checked.tally)
        if checked.rejected is not None and definition.key:
            aside.refused += _named_before(checked.rejected, checked.rows.schema, definition, interval)
        rows = _without_earlier(checked.rows, interval, aside)
        if rows.num_rows:
            check_interval(rows.column(interval.column), interval)
            yield rows


def _named_before(
    rejected: pa.RecordBatch, target: pa.Schema, definition: TableDefinition, interval: Interval
) -> list[pa.RecordBatch]:
    """Instant and key of the rejected rows from before the interval; a key that does not fit names no row there is."""
    names = [interval.column, *definition.key]
    named = fit(rejected.select(names), pa.schema([target.field(name) for name in names]), {}).rows
    instants = named.column(interval.column)
    earlier = named.filter(pc.less(instants, boundary(interval.start, instants.type)))
    return [earlier] if earlier.num_rows else []


def _without_earlier(rows: pa.RecordBatch, interval: Interval, aside: Aside) -> pa.RecordBatch:
    instants = rows.column(interval.column)
    before = pc.less(instants, boundary(interval.start, instants.type))
    if not pc.any(before).as_py():
        return rows
    aside.earlier.append(rows.filter(before))
    return rows.filter(pc.invert(before))


def write_rejected(directory: Path, definition: TableDefinition, expected: int, to: Path) -> None:
    """Write the dataset's rows that do not fit the table to a dataset of their own, each with its reason.

    They are looked for again, and only where some are `expected`: memory stays bounded, and a repeated load, which
    stages nothing, hands on the same rows as the first.
    """
    schema = rejected_schema(given_schema(directory))
    checked = fitted_batches(directory, iceberg_schema(definition), dict(definition.unfit)) if expected else ()
    batches = (one.rejected.select(schema.names) for one in checked if one.rejected is not None)
    datasets.write_dataset(to, schema, batches)


def given_schema(directory: Path) -> pa.Schema:
    """The schema of the rows as they came.

    Raises:
        ContractError: they cannot be read.
    """
    with _readable():
        return datasets.schema(directory)


def _read(directory: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    with _readable():
        yield from (batch for batch in datasets.read_batches(directory, columns, _BATCH_ROWS) if batch.num_rows)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise ContractError(f"the rows cannot be read: {error}", "run the step that wrote them again") from None


def check_interval(column: pa.Array, interval: Interval) -> None:
    """Nothing, when all instants of `column` lie in the interval.

    Raises:
        ContractError: some lie outside; the message counts them and names the first.
    """
    start, end = (boundary(instant, column.type) for instant in (interval.start, interval.end))
    bounds = pc.min_max(column)
    if not len(column):
        return
    if bounds["min"].value >= start.value and bounds["max"].value < end.value:
        return
    outside = column.filter(pc.or_(pc.less(column, start), pc.greater_equal(column, end)))
    raise ContractError(
        f"column '{interval.column}' lies outside [{format_instant(interval.start)}, {format_instant(interval.end)}) "
        f"in {counted(len(outside), 'row')}, in one it is {_spell(outside[0])}",
        _TODO,
    )


def check_instants(column: pa.ChunkedArray, name: str, instants: pa.Array) -> None:
    """Nothing, when all of `column` is among the `instants`.

    Raises:
        ContractError: some lie elsewhere; the message counts them and names the first.
    """
    elsewhere = column.filter(pc.invert(pc.is_in(column, value_set=instants.cast(column.type))))
    if len(elsewhere):
        raise ContractError(
            f"column '{name}' lies before the interval in {counted(len(elsewhere), 'row')} that no late fact touches,"
            f" in one it is {_spell(elsewhere[0])}",
            _TODO,
        )


def _spell(value: pa.Scalar) -> str:
    if pa.types.is_date(value.type):
        return str(value)
    try:
        return format_instant(value.as_py().astimezone(UTC))
    except (ValueError, OverflowError):
        return str(value.value)
