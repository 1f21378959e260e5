"""The load of one interval: looked up, staged, committed."""

from dataclasses import replace
from pathlib import Path

from components.iceberg.catalog import open_catalog, read_table
from components.iceberg.commits import Outcome, require_fit, taken_back
from components.iceberg.lateness import late_text
from components.iceberg.receipts import Receipt
from components.iceberg.staging import Staging
from components.iceberg.tables import REJECT, TableDefinition
from components.iceberg.unfit import parse_tally, tally_json
from components.load_iceberg.commit import Staged, commit, done_before
from components.load_iceberg.conform import Aside, conforming_batches, interval_of
from components.load_iceberg.renewing import NOTHING, Before, Touched
from components.shell.counts import counted
from components.shell.datasets import read_manifest
from components.shell.errors import ContractError


def load(definition: TableDefinition, receipt: Receipt, rows: Path, touched: Touched | None = None) -> Outcome:
    """The outcome of bringing the dataset `rows` into the table as the one content of the receipt's interval.

    Rows before the interval lie where late facts have `touched` the table, and bring it up to date there.

    Repeated, doubled or killed at any moment and repeated, it leaves each row in the table once. Rows with a value that
    does not fit its column are not loaded, or loaded without it, as the definition says; the receipt counts them.

    Raises:
        ContractError: the rows do not fit the table or the interval; nothing has changed.
        ConfigurationError: table and definition differ, or store or catalog refuse; nothing has changed.
        SupersededError: a newer run has committed; nothing has changed.
        TransientError: store or catalog do not answer; nothing has changed.
        OutcomeUnknownError: it cannot be known whether the commit happened.
    """
    interval = interval_of(definition, receipt)
    table = read_table(definition.name)
    if done := done_before(table, definition, receipt):
        return done
    touched, aside = touched or NOTHING, Aside()
    with Staging(table, receipt.run_key) as staging:
        files = staging.write(conforming_batches(rows, table, definition, interval, aside))
        with taken_back(staging.discard):
            count = sum(file.record_count for file in files)
            filled = replace(receipt, rows=count, attempt=staging.attempt, unfit=tally_json(aside.unfit))
            filled = replace(filled, seen=touched.seen, late=late_text(touched.late))
            require_all(rows, count + rejected(filled) + sum(batch.num_rows for batch in aside.earlier))
            staged = Staged(files, touched, staging, Before(aside.earlier, aside.refused))
            catalog = open_catalog()
        return commit(catalog, definition, filled, staged)


def left(definition: TableDefinition, receipt: Receipt) -> Outcome:
    """The outcome of leaving the table as it is: the snapshot that it has, 0 where it has none, and no rows.

    Raises:
        ConfigurationError: table and definition differ, or store or catalog refuse.
        TransientError: store or catalog do not answer.
    """
    table = read_table(definition.name)
    require_fit(table, definition)
    current = table.current_snapshot()
    number = current.snapshot_id if current else 0
    return Outcome(replace(receipt, snapshot_id=number), {"snapshot-id": str(number)}, already=True)


def rejected(receipt: Receipt) -> int:
    """How many rows of the load did not fit the table and are not in it."""
    return sum(parse_tally(receipt.unfit).get(REJECT, {}).values())


def require_all(dataset: Path, came: int) -> None:
    """Nothing, if as many rows of the dataset came as its manifest promises.

    Raises:
        ContractError: others did.
    """
    promised = read_manifest(dataset).rows
    if came != promised:
        raise ContractError(
            f"the rows' manifest promises {counted(promised, 'row')} and {came:,} came",
            "run the step that wrote them again",
        )
