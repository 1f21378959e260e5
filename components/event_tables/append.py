"""The one commit of a run's events."""

import json
from collections.abc import Sequence
from dataclasses import replace

from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from components.event_tables.manifests import files_of
from components.event_tables.offsets import moved, refuse_gap
from components.iceberg import commits
from components.iceberg.catalog import load_table, open_catalog, store_error
from components.iceberg.commits import Outcome, outcome, require_fit
from components.iceberg.receipts import Receipt, carry, newest, receipts, refuse_older
from components.iceberg.staging import last_sweep
from components.iceberg.tables import TableDefinition
from components.iceberg.unswept import require_unswept
from components.shell.errors import ContractError, SupersededError
from components.shell.instants import format_instant


def append(definition: TableDefinition, load: Receipt, manifests: Sequence[str]) -> Outcome:
    """The outcome of bringing the staged files into the table, in one snapshot that carries the offsets.

    A run that read nothing leaves its receipt all the same: the table is then known to be complete up to its as_of.
    Repeated, doubled or killed at any moment and repeated, it leaves each event in the table once.

    Raises:
        ContractError: staged files are gone, or hold another number of events than promised.
        ConfigurationError: table and definition differ, or store or catalog refuse.
        SupersededError: the table does not end where this run began; nothing has changed.
        TransientError, OutcomeUnknownError: as in `commits.commit`.
    """
    catalog = open_catalog()
    table = load_table(catalog, definition.name)
    if done := done_before(table, definition, load):
        return done
    # A sweep that comes after this look may take what is found by the next one.
    swept = last_sweep(table)
    files = [file for manifest in manifests for file in files_of(table, manifest)]
    if sum(file.record_count for file in files) != load.rows:
        raise ContractError("the staged files hold another number of events than promised", "start a new run")
    work = commits.Work(
        definition.name,
        load.run_key,
        done=lambda table: done_before(table, definition, load),
        attempt=lambda table: _attempt(table, load, files),
        swept=swept,
    )
    return commits.commit(catalog, work)


def done_before(table: Table, definition: TableDefinition, load: Receipt) -> Outcome | None:
    """The outcome when the table holds these offsets already, or None when they may be added to this state of it.

    Raises:
        ConfigurationError: the table is not what the definition says.
        SupersededError: the table does not end where the load begins, or a later run has committed.
    """
    require_fit(table, definition)
    committed = receipts(table, load.pipeline)
    if same := next((receipt for receipt in committed if receipt.run_key == load.run_key), None):
        return outcome(table, same, already=same.attempt != load.attempt)
    last = newest(committed)
    if last is None:
        return None
    refuse_older(load.version, last)
    refuse_gap(json.loads(last.offsets), offsets := json.loads(load.offsets))
    if last.as_of > load.as_of:
        raise SupersededError(
            f"this run of {format_instant(load.as_of)} has been overtaken by one of {format_instant(last.as_of)}",
            "nothing was changed; the next run reads what this one has read",
        )
    return outcome(table, last, already=True) if last.as_of == load.as_of and not moved(offsets) else None


def _attempt(table: Table, load: Receipt, files: Sequence[DataFile]) -> Outcome:
    try:
        with table.transaction() as transaction:
            require_unswept(table, transaction)
            with transaction.update_snapshot(snapshot_properties=load.properties()).fast_append() as snapshot:
                for file in files:
                    snapshot.append_data_file(file)
            receipt = replace(load, snapshot_id=snapshot.snapshot_id)
            if properties := carry(table, receipt):
                transaction.set_properties(properties)
    except OSError as error:
        # The store is spoken to only before the catalog's compare-and-swap: nothing has been committed.
        raise store_error(error) from error
    return outcome(table, receipt, already=False)
