"""Parts of a derived table, its days or its hours, that are computed anew and take the place of what was there."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import And
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionFieldValue, PartitionKey
from pyiceberg.table import FileScanTask, Table
from pyiceberg.types import DateType

from components.iceberg import commits
from components.iceberg.catalog import load_table, store_error, translated
from components.iceberg.commits import Outcome, outcome, require_fit
from components.iceberg.conform import conform, target_schema
from components.iceberg.filters import before, since
from components.iceberg.planning import files_of, part_of
from components.iceberg.receipts import Receipt, newest, receipts
from components.iceberg.staging import Staging
from components.iceberg.tables import TableDefinition
from components.shell.errors import ContractError, SupersededError
from components.shell.instants import EPOCH

_RENEWED, _BESIDE = "renewed", "beside"
# Some parts' files are encoded and stored while the next ones are computed.
_WAITING_BYTES = 64 << 20


@dataclass(frozen=True)
class Renewal:
    """Which parts of a table are computed anew, under which receipt, and after which commit: `base` is that one's key.

    Parts are numbers since 1970: of days or of hours, whichever of `column` the table is partitioned by. `refuse` is
    asked before each try to commit, of the table as it is then: it raises where the rows are not to be committed.
    """

    definition: TableDefinition
    load: Receipt
    base: str
    column: str
    parts: frozenset[int]
    refuse: Callable[[Table], None] = lambda _: None


def days_text(days: Iterable[int], beside: str = "") -> str:
    """The days as a receipt's `details` keep them: first and last of each stretch of days without a gap.

    With them the key of the commit of another table `beside` whose rows these are made.
    """
    stretches: list[list[int]] = []
    for day in sorted(days):
        if stretches and day == stretches[-1][1] + 1:
            stretches[-1][1] = day
        else:
            stretches.append([day, day])
    return json.dumps({_RENEWED: {"days": stretches} | ({_BESIDE: beside} if beside else {})})


def days_of(receipt: Receipt) -> frozenset[int]:
    """The days that a commit has computed anew."""
    stretches = json.loads(receipt.details or "{}").get(_RENEWED, {}).get("days", [])
    return frozenset(day for first, last in stretches for day in range(first, last + 1))


def beside(receipt: Receipt) -> str:
    """The key of the commit of another table that this one goes with; empty where nothing says it."""
    return str(json.loads(receipt.details or "{}").get(_RENEWED, {}).get(_BESIDE, ""))


def base_of(table: Table, pipeline: str) -> str:
    """The key of the table's last commit; empty where it has none."""
    last = newest(receipts(table, pipeline))
    return last.run_key if last else ""


def files_of_parts(table: Table, column: str, parts: frozenset[int]) -> list[FileScanTask]:
    """The files that hold these parts now; a compaction may have made others of them, still a part each.

    Raises:
        ConfigurationError: the store refuses, or has lost a manifest.
        TransientError: the store does not answer.
    """
    current = table.current_snapshot()
    if current is None or not parts:
        return []
    each = part_of(table)
    first, end = EPOCH + min(parts) * each, EPOCH + (max(parts) + 1) * each
    if isinstance(table.schema().find_type(column), DateType):
        first, end = first.date(), end.date()  # type: ignore[assignment]  # days take the place of instants
    with translated():
        tasks = files_of(table, current.snapshot_id, And(since(column, first), before(column, end)))
    return [task for task in tasks if task.file.partition[0] in parts]


def renew(
    catalog: SqlCatalog,
    renewal: Renewal,
    rows: Iterable[tuple[int, pa.RecordBatch]],
    waiting: int = _WAITING_BYTES,
) -> Outcome:
    """The outcome of bringing rows into their table, in place of all rows of the renewal's parts.

    Args:
        catalog: The catalog.
        renewal: What is committed; rows and attempt are filled in here.
        rows: Each batch with its part; not asked for where the table has them.
        waiting: How many bytes of rows may wait to be encoded and stored.

    Raises:
        ContractError: the rows do not fit the table, or lie in parts that were not to be computed.
        ConfigurationError: table and definition differ, or store or catalog refuse.
        SupersededError: somebody else has committed since this run was planned; nothing has changed.
        TransientError, OutcomeUnknownError: as in `commits.commit`; or as `rows` raises it.
    """
    table = load_table(catalog, renewal.definition.name)
    if done := done_before(table, renewal):
        return done
    with Staging(table, renewal.load.run_key, waiting) as staging:
        files = staging.write_parts(_parts(table, renewal, rows))
        load = replace(renewal.load, rows=sum(file.record_count for file in files), attempt=staging.attempt)
        staged = replace(renewal, load=load)
        work = commits.Work(
            renewal.definition.name,
            load.run_key,
            done=lambda table: done_before(table, staged),
            attempt=lambda table: _attempt(table, staged, files),
            swept=staging.swept,
            take_back=staging.discard,
        )
        return commits.commit(catalog, work)


def done_before(table: Table, renewal: Renewal) -> Outcome | None:
    """The outcome when the table holds this already, or None when it is as it was when the run was planned.

    Raises:
        ConfigurationError: the table is not what the definition says.
        SupersededError: somebody else has committed since; or as the renewal's `refuse` raises it.
    """
    require_fit(table, renewal.definition)
    committed = receipts(table, renewal.load.pipeline)
    if same := next((receipt for receipt in committed if receipt.run_key == renewal.load.run_key), None):
        return outcome(table, same, already=same.attempt != renewal.load.attempt)
    if base_of(table, renewal.load.pipeline) != renewal.base:
        raise SupersededError(
            f"this run has been overtaken: {renewal.definition.name} has been committed since it was planned",
            "the next run makes good what is missing",
        )
    renewal.refuse(table)
    return None


def _parts(
    table: Table, renewal: Renewal, rows: Iterable[tuple[int, pa.RecordBatch]]
) -> Iterator[tuple[PartitionKey, pa.RecordBatch]]:
    """The rows as the table has them, each batch with the partition that its part is."""
    (field,) = table.spec().fields
    for part, batch in rows:
        if part not in renewal.parts:
            raise ContractError(f"rows of {field.name} {part} came, which were not to be computed", "start a new run")
        key = PartitionKey([PartitionFieldValue(field, part)], table.spec(), table.schema())
        yield key, conform(batch, target_schema(table.schema(), batch.schema))


def _attempt(table: Table, renewal: Renewal, files: Sequence[DataFile]) -> Outcome:
    try:
        old = [task.file for task in files_of_parts(table, renewal.column, renewal.parts)]
        receipt = commits.replace_files(table, renewal.load, old, files)
    except OSError as error:
        # The store is spoken to only before the catalog's compare-and-swap: nothing has been committed.
        raise store_error(error) from error
    return outcome(table, receipt, already=False)


def landed_since(source: Sequence[Receipt], last: Receipt) -> datetime | None:
    """The earliest instant of a run whose rows the table lacks whose last commit this is; None where it lacks none.

    `source` are the receipts of the table that it follows from, newest first.
    """
    newer: list[datetime] = []
    for receipt in source:
        if receipt.offsets == last.offsets:
            return min(newer, default=None)
        newer.append(receipt.as_of)
    # The receipt that the table was computed from has expired; later runs have later instants, or the same.
    return last.as_of
