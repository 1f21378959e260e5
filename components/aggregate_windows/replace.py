"""One commit per table of windows: the hours that were counted anew take the place of what was there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionFieldValue, PartitionKey
from pyiceberg.table import Table

from components.aggregate_windows.touched import Part
from components.iceberg import commits
from components.iceberg.catalog import load_table, store_error
from components.iceberg.commits import Outcome, outcome, require_fit
from components.iceberg.conform import conform, target_schema
from components.iceberg.hours import within
from components.iceberg.receipts import Receipt, newest, receipts
from components.iceberg.staging import Staging
from components.iceberg.tables import TableDefinition
from components.shell.errors import ContractError, SupersededError

# Some hours' files are encoded and stored while the next ones are counted.
_WAITING_BYTES = 16 << 20


def replace_windows(
    catalog: SqlCatalog,
    definition: TableDefinition,
    load: Receipt,
    part: Part,
    rows: Iterable[tuple[int, pa.RecordBatch]],
) -> Outcome:
    """The outcome of bringing counted windows into their table, in place of all windows of the hours of `part`.

    Args:
        catalog: The catalog.
        definition: What the table is.
        load: What is committed; rows and attempt are filled in here.
        part: The hours, and the commit that this one is to follow.
        rows: The windows, each batch with its hour; not asked for where the table has them.

    Raises:
        ContractError: the windows do not fit the table, or lie in hours that were not to be counted.
        ConfigurationError: table and definition differ, or store or catalog refuse.
        SupersededError: somebody else has counted windows since this run was planned; nothing has changed.
        TransientError, OutcomeUnknownError: as in `commits.commit`; or as `rows` raises it.
    """
    table = load_table(catalog, definition.name)
    if done := done_before(table, definition, load, part):
        return done
    with Staging(table, load.run_key, _WAITING_BYTES) as staging:
        files = staging.write_parts(_parts(table, part, rows))
        staged = replace(load, rows=sum(file.record_count for file in files), attempt=staging.attempt)
        work = commits.Work(
            definition.name,
            load.run_key,
            done=lambda table: done_before(table, definition, staged, part),
            attempt=lambda table: _attempt(table, staged, part, files),
            swept=staging.swept,
        )
        with commits.taken_back(staging.discard):
            found = commits.commit(catalog, work)
        if found.already:
            staging.discard()
    return found


def done_before(table: Table, definition: TableDefinition, load: Receipt, part: Part) -> Outcome | None:
    """The outcome when the table holds these windows already, or None when it is as it was when they were planned.

    Raises:
        ConfigurationError: the table is not what the definition says.
        SupersededError: somebody else has counted windows since.
    """
    require_fit(table, definition)
    committed = receipts(table, load.pipeline)
    if same := next((receipt for receipt in committed if receipt.run_key == load.run_key), None):
        return outcome(table, same, already=same.attempt != load.attempt)
    last = newest(committed)
    if (last.run_key if last else "") != part.base:
        raise SupersededError(
            f"this run has been overtaken: {definition.name} has been committed since its windows were chosen",
            "nothing was changed; the next run makes good what is missing",
        )
    return None


def _parts(
    table: Table, part: Part, rows: Iterable[tuple[int, pa.RecordBatch]]
) -> Iterator[tuple[PartitionKey, pa.RecordBatch]]:
    """The rows as the table has them, each batch with the partition of its hour."""
    (field,) = table.spec().fields
    for hour, batch in rows:
        if hour not in part.hours:
            raise ContractError(f"windows of hour {hour} came, which were not to be counted", "start a new run")
        key = PartitionKey([PartitionFieldValue(field, hour)], table.spec(), table.schema())
        yield key, conform(batch, target_schema(table.schema(), batch.schema))


def _attempt(table: Table, load: Receipt, part: Part, files: Sequence[DataFile]) -> Outcome:
    try:
        receipt = commits.replace_files(table, load, _present(table, part), files)
    except OSError as error:
        # The store is spoken to only before the catalog's compare-and-swap: nothing has been committed.
        raise store_error(error) from error
    return outcome(table, receipt, already=False)


def _present(table: Table, part: Part) -> list[DataFile]:
    """The files that hold the hours now; a compaction may have made others of them, still one hour each."""
    current = table.current_snapshot()
    if current is None or not part.hours:
        return []
    return [task.file for task in within(table, current.snapshot_id, part.hours, None, "window_start")]
