"""One commit that replaces an interval's rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from components.iceberg import commits
from components.iceberg.commits import Outcome, outcome, require_fit
from components.iceberg.cuts import presumed_cuts
from components.iceberg.lateness import reopenable
from components.iceberg.receipts import Receipt, presumed, receipts, resolve
from components.iceberg.staging import Staging
from components.iceberg.tables import TableDefinition
from components.load_iceberg.conform import interval_of
from components.load_iceberg.renewing import NO_ROWS, Before, Renewed, Touched, holding, renewed
from components.load_iceberg.replacing import kept_batches, replaced

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog


@dataclass(frozen=True)
class Staged:
    """A load's rows: the interval's in files of a staging, those before it that late facts touch, and what that is."""

    files: Sequence[DataFile]
    touched: Touched
    staging: Staging
    before: Before = NO_ROWS


def done_before(table: Table, definition: TableDefinition, load: Receipt) -> Outcome | None:
    """The outcome when `load` is in the table already, or None when it may be committed to this state of the table.

    Raises:
        ConfigurationError: the table is not what the definition says.
        SupersededError: the load has been overtaken.
    """
    require_fit(table, definition)
    committed = receipts(table, load.pipeline)
    if load.is_cut:
        interval = load.interval_start, load.interval_end
        committed += presumed_cuts(table, load.pipeline, definition.interval_column, *interval)
    elif load.generation:
        committed += presumed(table, load.pipeline)
    receipt = resolve(committed, load)
    return outcome(table, receipt, already=receipt.attempt != load.attempt) if receipt else None


def commit(catalog: "SqlCatalog", definition: TableDefinition, load: Receipt, staged: Staged) -> Outcome:
    """Replace the interval's rows by the staged ones, in one snapshot that carries the receipt; done already is done.

    What late facts touch before the interval changes in the same snapshot.

    Raises:
        ConfigurationError, ContractError, SupersededError: as in `done_before` and `renewed`.
        TransientError, OutcomeUnknownError: as in `commits.commit`.
    """
    work = commits.Work(
        definition.name,
        load.run_key,
        done=lambda table: done_before(table, definition, load),
        attempt=lambda table: _attempt(table, definition, load, staged),
        swept=staged.staging.swept,
        take_back=staged.staging.discard,
    )
    return commits.commit(catalog, work)


def _attempt(table: Table, definition: TableDefinition, load: Receipt, staged: Staged) -> Outcome:
    interval = interval_of(definition, load)
    with Staging(table, load.run_key) as staging, commits.discarded(staging):
        changed = _renewed(table, definition, load, staged)
        old = {task.file.file_path: task for task in replaced(table, interval)}
        old |= {task.file.file_path: task for task in holding(table, interval.column, changed.instants)}
        staging.write(kept_batches(table, interval, list(old.values()), changed.instants))
        written = staging.write(changed.rows)
        pending = replace(load, reopened=changed.reopened_text)
        receipt = commits.replace_files(table, pending, [task.file for task in old.values()], [*staged.files, *written])
    return outcome(table, receipt, already=False)


def _renewed(table: Table, definition: TableDefinition, load: Receipt, staged: Staged) -> Renewed:
    """What late facts change in this state of the table: not where others were faster and know as much."""
    committed = receipts(table, load.pipeline) + presumed(table, load.pipeline)
    spans = reopenable(committed, load) if len(staged.touched.instants) else []
    return renewed(table, definition, staged.touched, staged.before, spans)
