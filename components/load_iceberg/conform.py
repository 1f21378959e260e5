"""Rows made to fit their table, or refused: names, types, nulls and the bounds of the interval."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.schema import Schema

from components.shell import datasets
from components.shell.conform import conform, target_schema
from components.shell.errors import ContractError
from components.shell.instants import format_instant

_BATCH_ROWS = 1 << 16
_TODO = "correct the step that made these rows"


@dataclass(frozen=True)
class Interval:
    """The half-open interval `[start, end)` that the values of `column` must lie in."""

    column: str
    start: datetime
    end: datetime


def conforming_batches(directory: Path, schema: Schema, interval: Interval) -> Iterator[pa.RecordBatch]:
    """The rows of a dataset as batches of the table's Arrow schema, field ids included, each checked as it passes.

    Raises:
        ContractError: columns or types differ from the table's, a value is null where none may be, or lies outside the
            interval.
    """
    with _readable():
        given = datasets.schema(directory)
    target = target_schema(schema, given)
    for batch in _read(directory, target.names):
        rows = conform(batch, target)
        check_interval(rows.column(interval.column), interval)
        yield rows


def _read(directory: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    with _readable():
        yield from (batch for batch in datasets.read_batches(directory, columns, _BATCH_ROWS) if batch.num_rows)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise ContractError(f"the rows cannot be read: {error}", "run the step that wrote them again") from None


def check_interval(column: pa.Array, interval: Interval) -> None:
    """Nothing, when all instants of `column` lie in the interval.

    Raises:
        ContractError: some lie outside; the message counts them and names the first.
    """
    start, end = (pa.scalar(instant, column.type) for instant in (interval.start, interval.end))
    bounds = pc.min_max(column)
    if bounds["min"].value >= start.value and bounds["max"].value < end.value:
        return
    outside = column.filter(pc.or_(pc.less(column, start), pc.greater_equal(column, end)))
    raise ContractError(
        f"column '{interval.column}' lies outside [{format_instant(interval.start)}, {format_instant(interval.end)}) "
        f"in {len(outside)} rows, in one it is {_spell(outside[0])}",
        _TODO,
    )


def _spell(value: pa.Scalar) -> str:
    try:
        return format_instant(value.as_py().astimezone(UTC))
    except (ValueError, OverflowError):
        return str(value.value)
