"""Conditions on columns of a table, as Iceberg takes them, and on rows that have been read."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import (
    BooleanExpression,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)

from components.shell import datasets


def of_kind(kind: str) -> BooleanExpression:
    """Events of one kind."""
    return _condition(EqualTo, "event_type", kind)


def since(column: str, instant: datetime) -> BooleanExpression:
    """At the instant or later."""
    return _condition(GreaterThanOrEqual, column, instant.isoformat())


def after(column: str, instant: datetime) -> BooleanExpression:
    """Later than the instant."""
    return _condition(GreaterThan, column, instant.isoformat())


def before(column: str, instant: datetime) -> BooleanExpression:
    """Earlier than the instant."""
    return _condition(LessThan, column, instant.isoformat())


def until(column: str, instant: datetime) -> BooleanExpression:
    """At the instant or earlier."""
    return _condition(LessThanOrEqual, column, instant.isoformat())


def only(batch: pa.RecordBatch, rows: pa.BooleanArray) -> pa.RecordBatch:
    """These rows of the batch; where it is all of them, the batch itself: copying takes as long as reading."""
    return batch if pc.all(rows, skip_nulls=False).as_py() else batch.filter(rows)


def read_kind(directory: Path, kind: str, rows: int = 1 << 16) -> Iterator[pa.RecordBatch]:
    """The rows of one kind in a complete dataset, in batches of at most so many `rows`, none of them empty."""
    for batch in datasets.read_batches(directory, rows=rows, where={"event_type": kind}):
        chosen = only(batch, pc.equal(batch.column("event_type"), kind))
        if chosen.num_rows:
            yield chosen


def _condition(predicate: Any, column: str, value: str) -> BooleanExpression:
    # The types of these classes do not know that they take a name and a value.
    found: BooleanExpression = predicate(column, value)
    return found
