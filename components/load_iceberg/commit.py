"""One commit that replaces an interval's rows."""

from collections.abc import Sequence

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from components.load_iceberg.conform import Interval
from components.load_iceberg.replacing import kept_batches, replaced
from components.shell import commits
from components.shell.catalog import store_error
from components.shell.commits import Outcome, outcome, require_fit
from components.shell.receipts import Receipt, presumed, receipts, settle
from components.shell.staging import Staging
from components.shell.tables import TableDefinition


def done_before(table: Table, definition: TableDefinition, load: Receipt) -> Outcome | None:
    """The outcome when `load` is in the table already, or None when it may be committed to this state of the table.

    Raises:
        ConfigurationError: the table is not what the definition says.
        SupersededError: the load has been overtaken.
    """
    require_fit(table, definition)
    committed = receipts(table, load.pipeline)
    if load.generation:
        committed += presumed(table, load.pipeline)
    receipt = settle(committed, load)
    return outcome(table, receipt, already=receipt.attempt != load.attempt) if receipt else None


def commit(
    catalog: SqlCatalog, definition: TableDefinition, load: Receipt, files: Sequence[DataFile], swept: str | None = None
) -> Outcome:
    """Replace the interval's rows by `files`, in one snapshot that carries the receipt; done already counts as done.

    `swept` is what the staging of the files says of it.

    Raises:
        ConfigurationError, SupersededError: as in `done_before`.
        TransientError, OutcomeUnknownError: as in `commits.commit`.
    """
    work = commits.Work(
        definition.name,
        load.run_key,
        done=lambda table: done_before(table, definition, load),
        attempt=lambda table: _attempt(table, definition, load, files),
        swept=swept,
    )
    return commits.commit(catalog, work)


def _attempt(table: Table, definition: TableDefinition, load: Receipt, files: Sequence[DataFile]) -> Outcome:
    interval = Interval(definition.interval_column, load.interval_start, load.interval_end)
    with Staging(table, load.run_key) as staging:
        try:
            tasks = replaced(table, interval)
            kept = staging.write(kept_batches(table, interval, tasks))
            receipt = commits.replace_files(table, load, [task.file for task in tasks], [*files, *kept])
        except (CommitFailedException, ValidationException):
            staging.discard()
            raise
        except OSError as error:
            # The store is spoken to only before the catalog's compare-and-swap: nothing has been committed.
            staging.discard()
            raise store_error(error) from error
    return outcome(table, receipt, already=False)
