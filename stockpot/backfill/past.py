"""What the catalog says of a pipeline's runs."""

from dataclasses import dataclass, replace

from components.connect.endpoints import runs_url
from components.connect.postgres import session
from components.iceberg.catalog import load_table, open_catalog, table_exists, translated
from components.iceberg.coverage import Span
from components.iceberg.cuts import presumed_cuts
from components.iceberg.receipts import late, presumed, receipts
from stockpot.backfill.intervals import Attempt, Past

_ATTEMPTS = """
    SELECT interval_start, interval_end, status, run_id, coalesce(reason, '') FROM etl_runs
    WHERE pipeline = %s AND interval_start IS NOT NULL AND interval_end IS NOT NULL
    ORDER BY started_at DESC NULLS LAST
"""


@dataclass(frozen=True)
class Cuts:
    """The column of a table's cuts, and the time whose cuts are looked for."""

    column: str
    bounds: Span


def past(pipeline: str, table: str, cuts: Cuts | None = None) -> Past:
    """The receipts of a pipeline in the table it fills, late facts, and its rows in `etl_runs`; empty without a table.

    `cuts` are of a table that holds such.

    Raises:
        ConfigurationError: catalog or store refuse.
        TransientError: catalog or store do not answer.
    """
    return replace(_committed(pipeline, table, cuts), attempts=_attempts(pipeline))


def _committed(pipeline: str, name: str, cuts: Cuts | None) -> Past:
    if not table_exists(name):
        return Past(())
    with translated():
        table = load_table(open_catalog(), name)
        committed = receipts(table, pipeline)
        if cuts:
            return Past(committed + presumed_cuts(table, pipeline, cuts.column, *cuts.bounds))
        return Past(committed + presumed(table, pipeline), late=late(table, pipeline, committed))


def _attempts(pipeline: str) -> list[Attempt]:
    with session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('etl_runs') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return []
        cursor.execute(_ATTEMPTS, (pipeline,))
        return [Attempt(*row) for row in cursor.fetchall()]
