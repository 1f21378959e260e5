"""Raw tables: what is only ever added to in a shop's database lands by days, so that no run reads all of it again."""

from typing import Any

from components.raw_tables.component import compare_keys, plan_reconcile
from components.retail.sources import TABLES, TRANSACTIONS, TRANSACTIONS_NAMES
from stockpot.authoring import Dataset, IncrementalByTime, Origins, Run, Schedule
from stockpot.landing import Landed, land, reconcile

# Lines without an id are told apart by who bought what; of those that are alike, as many are there as in the source.
LINES = Landed(
    TRANSACTIONS_NAMES,
    TRANSACTIONS,
    time="t_dat",
    key=("transaction_id", "customer_id", "article_id"),
    numbered=("transaction_id",),
    elsewhere=Origins(TABLES, {}).names,
)

DATASET = Dataset(
    name="raw-tables",
    version="1",
    title="Raw tables of a shop",
    table=LINES.table,
    contract=LINES.contract,
    mode=IncrementalByTime(each="day", late_days=3),
    # Before user-item-interactions, which may read it.
    schedule=Schedule(cron="0 0 * * *"),
    steps=(plan_reconcile, compare_keys),
)


@DATASET.pipeline
def raw_tables(run: Run, names: dict[str, Any] = {}) -> None:  # noqa: ARG001, B006 - all extracts of a run know it
    """Land in `raw.transactions` the lines of the days that are over, as the source has them.

    A run reads the days since the last one, and the `late_days` before them again: they are replaced as a whole, so
    what was committed late is taken in, and what was taken back is gone. On the day of `reconcile` the keys of all
    earlier days are compared with those of the source, and the days that differ land anew.

    Args:
        names: What the source calls the table or a column, as `{"transactions.t_dat": "day"}`.
    """
    landed = land(run, LINES)
    reconcile(run, LINES, landed)
