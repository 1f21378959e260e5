"""`etl_runs` made to agree with the receipts in the tables, which are what counts."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from components.connect.endpoints import runs_url
from components.connect.postgres import session
from components.iceberg.catalog import load_table, open_catalog, table_exists, translated
from components.iceberg.details import of_commit
from components.iceberg.receipts import Receipt, receipts
from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

# A run that has not ended by then was killed before it could say so.
_PATIENCE = timedelta(days=1)
_CORRECT = """
    UPDATE etl_runs SET status = 'succeeded', reason = NULL, run_key = %(run_key)s, snapshot_id = %(snapshot_id)s,
        rows_in = coalesce(rows_in, %(rows_in)s), rows_out = coalesce(rows_out, %(rows_out)s),
        rows_rejected = coalesce(rows_rejected, %(rows_rejected)s), details = coalesce(details, %(details)s::jsonb),
        finished_at = coalesce(finished_at, %(committed)s)
    WHERE run_id = %(run_id)s
"""
_ADD = """
    INSERT INTO etl_runs (run_id, pipeline, run_key, as_of, interval_start, interval_end, status, started_at,
        finished_at, rows_in, rows_out, rows_rejected, snapshot_id, details, git_commit, pipeline_version)
    VALUES (%(run_id)s, %(pipeline)s, %(run_key)s, %(as_of)s, %(start)s, %(end)s, 'succeeded', %(committed)s,
        %(committed)s, %(rows_in)s, %(rows_out)s, %(rows_rejected)s, %(snapshot_id)s, %(details)s::jsonb,
        %(git_commit)s, %(version)s)
    ON CONFLICT (run_id) DO NOTHING
"""
_COLUMN = """
    SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('etl_runs') AND attname = 'details')
"""
_KNOWN = """
    SELECT run_id, status, started_at < now() - %s, snapshot_id FROM etl_runs
    WHERE run_key = %s OR (run_key IS NULL AND run_id = %s)
    ORDER BY status = 'succeeded' DESC, started_at DESC NULLS LAST LIMIT 1
"""


@dataclass(frozen=True)
class Change:
    """What was wrong with `etl_runs` and has been put right: a row `added` or `corrected`."""

    action: str
    run_id: str
    receipt: Receipt


def reconcile(pipeline: str, table: str, *, dry_run: bool) -> list[Change]:
    """What had to change so that each receipt in the table has a row of a run that succeeded, newest first.

    A committed run whose row is missing gets one, named after its snapshot. A row that calls a run failed and knows
    nothing of its commit, or that has it running for more than a day, is corrected. Rows of runs that failed after
    their commit, or committed nothing, are left alone.

    Raises:
        ConfigurationError: there is no `etl_runs`, or catalog or store refuse.
        TransientError: catalog or store do not answer.
    """
    with session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute(_COLUMN)
        if cursor.fetchone() != (True,):
            raise ConfigurationError(
                "there is no table etl_runs, or an older one", "run a pipeline, which makes it fit"
            )
        changes = [
            change
            for receipt, committed in _committed(pipeline, table)
            if (change := _reconciled(cursor, receipt, committed))
        ]
        if dry_run:
            connection.rollback()
    return changes


def _committed(pipeline: str, name: str) -> Iterator[tuple[Receipt, datetime]]:
    """The receipts that still have their snapshot, with the instant of the commit."""
    if not table_exists(name):
        return
    with translated():
        table = load_table(open_catalog(), name)
        for receipt in receipts(table, pipeline):
            if snapshot := table.snapshot_by_id(receipt.snapshot_id):
                yield receipt, EPOCH + timedelta(milliseconds=snapshot.timestamp_ms)


def _reconciled(cursor: "Cursor", receipt: Receipt, committed: datetime) -> Change | None:
    cursor.execute(_KNOWN, (_PATIENCE, receipt.run_key, receipt.run_id))
    known: Sequence[Any] | None = cursor.fetchone()
    if known is None:
        change = Change("added", f"snapshot-{receipt.snapshot_id}", receipt)
        cursor.execute(_ADD, _values(change, committed))
        return change
    run_id, status, old, snapshot = known
    # Whoever ended the run has seen its commit, and called it failed for what came after.
    is_seen = status != "running" and snapshot == receipt.snapshot_id
    if status == "succeeded" or is_seen or (status == "running" and not old):
        return None
    change = Change("corrected", str(run_id), receipt)
    cursor.execute(_CORRECT, _values(change, committed))
    return change


def _values(change: Change, committed: datetime) -> dict[str, Any]:
    receipt = change.receipt
    commit = of_commit(receipt)
    return {
        **vars(commit),
        "details": json.dumps(commit.details),
        "run_id": change.run_id,
        "pipeline": receipt.pipeline,
        "as_of": receipt.as_of,
        "start": receipt.interval_start,
        "end": receipt.interval_end,
        "committed": committed,
        "git_commit": receipt.git_commit or None,
        "version": receipt.version,
    }
