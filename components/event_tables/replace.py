"""One commit per table of windows: the hours that were counted anew take the place of what was there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from components.event_tables.filters import read_kind
from components.event_tables.hours import within
from components.event_tables.touched import Part
from components.shell import commits, datasets
from components.shell.catalog import load_table, open_catalog, store_error
from components.shell.commits import Outcome, outcome, require_fit
from components.shell.conform import conform, target_schema
from components.shell.errors import ContractError, SupersededError
from components.shell.receipts import Receipt, newest, receipts
from components.shell.staging import Staging
from components.shell.tables import TableDefinition


def replace_windows(definition: TableDefinition, load: Receipt, part: Part, kind: str, windows: Path) -> Outcome:
    """The outcome of bringing the counted windows of `kind` into their table, in place of all windows of those hours.

    Raises:
        ContractError: the windows do not fit the table, or lie in hours that were not to be counted.
        ConfigurationError: table and definition differ, or store or catalog refuse.
        SupersededError: somebody else has counted windows since this run was planned; nothing has changed.
        TransientError, OutcomeUnknownError: as in `commits.commit`.
    """
    catalog = open_catalog()
    table = load_table(catalog, definition.name)
    if done := done_before(table, definition, load, part):
        return done
    with Staging(table, load.run_key) as staging:
        files = staging.write(_rows(table, kind, windows))
        _refuse_other_hours(files, part)
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


def _rows(table: Table, kind: str, windows: Path) -> Iterator[pa.RecordBatch]:
    given = datasets.schema(windows)
    target = target_schema(table.schema(), given.remove(given.get_field_index("event_type")))
    for batch in read_kind(windows, kind):
        yield conform(batch, target)


def _refuse_other_hours(files: Sequence[DataFile], part: Part) -> None:
    if strange := sorted({file.partition[0] for file in files} - part.hours):
        raise ContractError(f"windows of hour {strange[0]} came, which were not to be counted", "start a new run")


def _attempt(table: Table, load: Receipt, part: Part, files: Sequence[DataFile]) -> Outcome:
    try:
        receipt = commits.replace_files(table, load, _present(table, part), files)
    except (CommitFailedException, ValidationException):
        raise
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
