"""One commit that replaces an interval's rows, and what to make of it when it fails."""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from sqlalchemy.exc import DBAPIError

from components.load_iceberg.conform import Interval
from components.load_iceberg.replacing import kept_batches, replaced
from components.load_iceberg.staging import Staging
from components.shell.catalog import load_table, open_catalog, store_error
from components.shell.endpoints import runs_url
from components.shell.errors import ConfigurationError, OutcomeUnknownError, StepError, SupersededError, TransientError
from components.shell.postgres import session
from components.shell.receipts import Receipt, carry, receipts, settle
from components.shell.tables import TableDefinition, differences

log = logging.getLogger("load_iceberg")

_ATTEMPTS = 20
# Seconds between the looks at a catalog that went away in the middle of a commit; a restart of Postgres takes a few.
_LOOKS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
_LOCK = "SELECT 1 FROM iceberg_tables WHERE catalog_name = %s AND table_namespace = %s AND table_name = %s FOR UPDATE"


@dataclass(frozen=True)
class Outcome:
    """The receipt of the snapshot that holds the rows, that snapshot's summary, and whether it was there before."""

    receipt: Receipt
    summary: Mapping[str, str]
    already: bool


def done_before(table: Table, definition: TableDefinition, load: Receipt) -> Outcome | None:
    """The outcome when `load` is in the table already, or None when it may be committed to this state of the table.

    Raises:
        ConfigurationError: the table is not what the definition says.
        SupersededError: the load has been overtaken.
    """
    if found := differences(definition, table.schema(), table.spec()):
        raise ConfigurationError(
            f"table {definition.name} and its definition differ: {found[0]}", "run the migrate step"
        )
    if table.properties.get("commit.retry.num-retries") != "0":
        problem = f"table {definition.name} lacks commit.retry.num-retries=0, without which a load may land twice"
        raise ConfigurationError(problem, "run the migrate step")
    receipt = settle(receipts(table, load.pipeline), load)
    return _outcome(table, receipt, already=receipt.attempt != load.attempt) if receipt else None


def commit(catalog: SqlCatalog, definition: TableDefinition, load: Receipt, files: Sequence[DataFile]) -> Outcome:
    """Replace the interval's rows by `files`, in one snapshot that carries the receipt; done already counts as done.

    Others may commit at the same time: whoever comes second looks again at what the table then holds.

    Raises:
        ConfigurationError, SupersededError: as in `done_before`.
        TransientError: store or catalog failed, or others kept committing; nothing has changed.
        OutcomeUnknownError: the connection was lost at the commit and the catalog cannot be asked what became of it.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        table = load_table(catalog, definition.name)
        if done := done_before(table, definition, load):
            return done
        try:
            return _attempt(table, definition, load, files)
        except (CommitFailedException, ValidationException) as error:
            log.info("somebody else has just committed to %s: %s", definition.name, error)
            time.sleep(random.uniform(0.02, 0.1) * min(attempt, 10))  # noqa: S311 - no secret, only a spread
        except DBAPIError as error:
            return _resolve(definition, load, error)
    raise TransientError(f"others kept committing to {definition.name} during {_ATTEMPTS} tries", "try again")


def _attempt(table: Table, definition: TableDefinition, load: Receipt, files: Sequence[DataFile]) -> Outcome:
    interval = Interval(definition.interval_column, load.interval_start, load.interval_end)
    with Staging(table, load.run_key) as staging:
        try:
            tasks = replaced(table, interval)
            kept = staging.write(kept_batches(table, interval, tasks))
            receipt = _replace_files(table, load, [task.file for task in tasks], [*files, *kept])
        except (CommitFailedException, ValidationException):
            staging.discard()
            raise
        except OSError as error:
            # The store is spoken to only before the catalog's compare-and-swap: nothing has been committed.
            staging.discard()
            raise store_error(error) from error
    return _outcome(table, receipt, already=False)


def _replace_files(table: Table, load: Receipt, old: Sequence[DataFile], new: Sequence[DataFile]) -> Receipt:
    with table.transaction() as transaction:
        with transaction.update_snapshot(snapshot_properties=load.properties()).overwrite() as snapshot:
            for file in old:
                snapshot.delete_data_file(file)
            for file in new:
                snapshot.append_data_file(file)
        receipt = replace(load, snapshot_id=snapshot.snapshot_id)
        if properties := carry(table, receipt):
            transaction.set_properties(properties)
    return receipt


def _outcome(table: Table, receipt: Receipt, *, already: bool) -> Outcome:
    snapshot = table.snapshot_by_id(receipt.snapshot_id)
    # An expired snapshot leaves no more than its receipt.
    summary = snapshot.summary.additional_properties if snapshot and snapshot.summary else receipt.properties()
    return Outcome(receipt, {**summary, "snapshot-id": str(receipt.snapshot_id)}, already)


def _resolve(definition: TableDefinition, load: Receipt, error: DBAPIError) -> Outcome:
    """The outcome of a commit whose answer was lost, found over a new connection.

    Raises:
        TransientError: the catalog says that it was not committed.
        SupersededError: so it does, and somebody else was faster.
        OutcomeUnknownError: the catalog does not answer.
    """
    log.warning("the answer to the commit was lost, looking for its receipt: %s", " ".join(str(error.orig).split()))
    for pause in _LOOKS:
        time.sleep(pause)
        try:
            found = _look(definition, load)
        except SupersededError:
            raise
        except StepError as unreachable:
            log.warning("the catalog cannot be asked: %s", unreachable)
            continue
        if found is None:
            raise TransientError(
                "the connection to the catalog was lost and nothing was committed", "try again"
            ) from error
        return found
    raise OutcomeUnknownError(
        f"the connection was lost while {load.run_key} was committed to {definition.name}; the catalog does not answer",
        "run it again once the catalog answers: it finds out by itself whether its work is done",
    ) from error


def _look(definition: TableDefinition, load: Receipt) -> Outcome | None:
    catalog = open_catalog()
    # A commit that the server still works on holds the row; until it has ended nothing can be said.
    with session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '30s'")
        cursor.execute(_LOCK, (catalog.name, definition.namespace, definition.name.rpartition(".")[2]))
    return done_before(load_table(catalog, definition.name), definition, load)
