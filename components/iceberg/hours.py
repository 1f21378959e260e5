"""Files and rows of a table of events by the hour, an hour being the number of hours since 1970."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
from pyiceberg.expressions import And, BooleanExpression
from pyiceberg.table import FileScanTask, Table

from components.iceberg.catalog import translated
from components.iceberg.filters import before, of_kinds, since
from components.iceberg.planning import HOUR, files_of, part_of
from components.iceberg.scan import Scan, Selection
from components.shell.instants import EPOCH

_MOMENT = timedelta(microseconds=1)


def files_within(
    table: Table, snapshot_id: int, kinds: Collection[str], hours: frozenset[int], start: datetime | None = None
) -> list[FileScanTask]:
    """The files of a snapshot that may hold events of these kinds, of any where none is named, in these hours.

    And where there is a `start`, from then on. Where the table is partitioned by the day these are all files of whole
    days. Raises as `planned`.
    """
    if not hours:
        return []
    each = part_of(table)
    parts = {hour * HOUR // each for hour in hours}
    open_from = max(parts) + 1 if start is None else (start - EPOCH) // each
    begin = since("event_time", EPOCH + min(*parts, open_from) * each)
    span = begin if start else And(begin, before("event_time", EPOCH + open_from * each))
    tasks = planned(table, snapshot_id, And(span, of_kinds(kinds)) if kinds else span)
    return [task for task in tasks if task.file.partition[0] in parts or task.file.partition[0] >= open_from]


def planned(table: Table, snapshot_id: int, row_filter: BooleanExpression) -> list[FileScanTask]:
    """The files of a snapshot that may hold such rows.

    Raises:
        ConfigurationError: the store refuses, or has lost a manifest.
        TransientError: the store does not answer.
    """
    with translated():
        return files_of(table, snapshot_id, row_filter)


def batches_of(
    table: Table,
    tasks: Sequence[FileScanTask],
    kind: str | None,
    columns: tuple[str, ...],
    known_by: datetime | None = None,
) -> Iterator[pa.RecordBatch]:
    """The events of `kind` (None: of all) in these files, of those only that were known by an instant, in batches.

    Raises:
        TransientError: the store does not answer.
    """
    selection = Selection(columns, where={} if kind is None else {"event_type": kind})
    if known_by is not None:
        selection = replace(selection, time_column="known_at", end=known_by + _MOMENT)
    with translated():
        yield from Scan(table, selection, tasks, table.schema()).batches()
