"""`python -m components.maintain_tables.expire`: old snapshots are forgotten, their receipts of loads are not."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table, Transaction
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.update import RemoveSnapshotsUpdate, UpdatesAndRequirements, UpdateTableMetadata
from pyiceberg.utils.datetime import datetime_to_millis

from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg import commits
from components.iceberg.catalog import open_catalog
from components.iceberg.naming import name_of
from components.iceberg.receipts import FIRST, Receipt, ancestors, carried, parse_receipt, receipt_summary
from components.maintain_tables.tables import each, require_writable
from components.shell import step
from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from components.shell.instants import refuse_future, run_instant
from components.shell.summary import Summary

MOST = 1000
"""How many snapshots stay of a crowd."""


def main(
    *,
    as_of: str,
    tables: list[Any],
    keep_days: int,
    dry_run: bool,
    summary: Path,
    most_snapshots: int = MOST,
    scheduled: str = "",
) -> None:
    """Forget snapshots older than `keep_days`, and of younger ones all but the newest `most_snapshots`.

    Heads of branches, tags, receipts and offsets stay.
    """
    for name, value in (("keep_days", keep_days), ("most_snapshots", most_snapshots)):
        if value < 1:
            raise ConfigurationError(f"{name} is {value}", "give 1 or more")
    at = run_instant(as_of, scheduled)
    refuse_future(at, clock(runs_url()))
    catalog, before = open_catalog(), at - timedelta(days=keep_days)
    if dry_run:
        cared = each(catalog, tables, lambda table: _foreseen(table, before, most_snapshots))
    else:
        cared = each(catalog, tables, lambda table: expire(catalog, table, before, most_snapshots))
    for name, figures in cared.results.items():
        became = "would expire" if dry_run else "expired"
        print(f"{name}: {counted(figures['expired'], 'snapshot')} {became}, {figures['kept']:,} left")
    Summary(details={"dry_run": dry_run, **cared.details}).write(summary)
    cared.require_answers()


def old(table: Table, before: datetime, most: int = MOST) -> list[int]:
    """The snapshots that may go, oldest first: those from before the instant, and all but the newest `most`.

    Heads of branches and tagged ones stay. Receipts are found along the current branch, which ends where a snapshot has
    expired, so nothing goes that is younger than a receipt which is kept nowhere else.
    """
    chain = list(ancestors(table))
    witness = max(
        (position for position, one in enumerate(chain) if _only_witness(table, chain[:position], one)), default=-1
    )
    held = {ref.snapshot_id for ref in table.metadata.refs.values()} | {one.snapshot_id for one in chain[: witness + 1]}
    limit = datetime_to_millis(before)
    every = sorted(table.snapshots(), key=lambda one: (one.sequence_number or 0, one.timestamp_ms))
    crowd = len(every) - most
    return [
        one.snapshot_id
        for position, one in enumerate(every)
        if (position < crowd or one.timestamp_ms < limit) and one.snapshot_id not in held
    ]


def _only_witness(table: Table, newer: Sequence[Snapshot], snapshot: Snapshot) -> bool:
    """Whether it has a pipeline's last receipt and the table's properties keep no receipt that is as good.

    Every load leaves it there; a rollback, or a writer that knows nothing of receipts, may have changed that.
    """
    pipeline = receipt_summary(snapshot).get("pipeline")
    if pipeline is None or any(receipt_summary(one).get("pipeline") == pipeline for one in newer):
        return False
    kept, mine = carried(table, pipeline), _receipt(snapshot)
    if kept is None or mine is None:
        return True
    return kept.snapshot_id != mine.snapshot_id and kept.interval_end <= mine.interval_end


def expire(catalog: SqlCatalog, table: Table, before: datetime, most: int = MOST) -> dict[str, int]:
    """How many snapshots were expired, in one commit, and how many stay.

    Raises:
        TransientError, OutcomeUnknownError: as in `commits.commit`.
    """
    require_writable(table)
    ids = old(table, before, most)
    if ids:
        name = name_of(table)
        work = commits.Work(
            name,
            f"the expiry of {counted(len(ids), 'snapshot')}",
            done=lambda now: None if old(now, before, most) else True,
            attempt=lambda now: _attempt(now, before, most),
        )
        commits.commit(catalog, work)
    return _figures(table, ids)


def _attempt(table: Table, before: datetime, most: int) -> bool:
    ids = old(table, before, most)
    with table.transaction() as transaction:
        if FIRST not in table.properties and (first := _first_receipt(table)):
            transaction.set_properties({FIRST: json.dumps(first, sort_keys=True)})
        _Removal(transaction, ids).commit()
    return True


class _Removal(UpdateTableMetadata["_Removal"]):
    """Snapshots that go at once, none of them the head of a branch or tagged.

    pyiceberg's own `ExpireSnapshots.by_ids` copies the whole metadata twice for each of them: minutes for 2,000.
    """

    def __init__(self, transaction: Transaction, ids: list[int]) -> None:
        super().__init__(transaction)
        self._ids = ids

    def _commit(self) -> UpdatesAndRequirements:
        return (RemoveSnapshotsUpdate.model_validate({"snapshot-ids": self._ids}),), ()


def _receipt(snapshot: Snapshot) -> Receipt | None:
    properties = snapshot.summary.additional_properties if snapshot.summary else {}
    return parse_receipt(properties, snapshot.snapshot_id)


def _first_receipt(table: Table) -> dict[str, str]:
    """The receipt of the very first load; empty where it has expired."""
    chain = list(ancestors(table))
    if not chain or chain[-1].sequence_number != 1:
        return {}
    return next((receipt for one in reversed(chain) if (receipt := receipt_summary(one))), {})


def _foreseen(table: Table, before: datetime, most: int) -> dict[str, int]:
    require_writable(table)
    return _figures(table, old(table, before, most))


def _figures(table: Table, ids: list[int]) -> dict[str, int]:
    return {"expired": len(ids), "kept": len(table.snapshots()) - len(ids)}


if __name__ == "__main__":
    step.run(main)
