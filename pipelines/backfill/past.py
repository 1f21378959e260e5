"""What the catalog says of a pipeline's runs."""

from typing import TYPE_CHECKING

from components.shell.catalog import load_table, open_catalog, table_exists, translated
from components.shell.endpoints import runs_url
from components.shell.postgres import session
from components.shell.receipts import presumed, receipts
from pipelines.backfill.intervals import Attempt, Past

if TYPE_CHECKING:
    from components.shell.receipts import Receipt

_ATTEMPTS = """
    SELECT interval_start, interval_end, status, run_id, coalesce(reason, '') FROM etl_runs
    WHERE pipeline = %s AND interval_start IS NOT NULL AND interval_end IS NOT NULL
    ORDER BY started_at DESC NULLS LAST
"""


def past(pipeline: str, table: str) -> Past:
    """The receipts of a pipeline in the table it fills, and its rows in `etl_runs`; nothing where there is no table.

    Raises:
        ConfigurationError: catalog or store refuse.
        TransientError: catalog or store do not answer.
    """
    return Past(_committed(pipeline, table), _attempts(pipeline))


def _committed(pipeline: str, name: str) -> "tuple[Receipt, ...]":
    if not table_exists(name):
        return ()
    with translated():
        table = load_table(open_catalog(), name)
        return receipts(table, pipeline) + presumed(table, pipeline)


def _attempts(pipeline: str) -> list[Attempt]:
    with session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('etl_runs') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return []
        cursor.execute(_ATTEMPTS, (pipeline,))
        return [Attempt(*row) for row in cursor.fetchall()]
