"""The scene of the load's tests: a small table, its rows, what must hold of it, and writers that do it wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyiceberg.expressions.parser import parse
from pyiceberg.table import Table

from components.begin_run.plan_interval import run_key
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.commits import Outcome
from components.iceberg.receipts import Receipt, receipts
from components.iceberg.tables import parse_definition
from components.load_iceberg.load import load
from components.shell.datasets import write_dataset

NAME = "moderation.training_data"
TABLE = {
    "name": NAME,
    "columns": ["image_id string!", "uploaded_at timestamptz!", "decision_point_minutes int!", "score double"],
    "partition": {"uploaded_at": "day"},
    "interval_column": "uploaded_at",
}
DEFINITION = parse_definition(TABLE)
SCHEMA = pa.schema(
    [
        pa.field("image_id", pa.string()),
        pa.field("uploaded_at", pa.timestamp("us", "UTC")),
        pa.field("decision_point_minutes", pa.int32()),
        pa.field("score", pa.float64()),
    ]
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Intervals end in the middle of a day, so that neighbours share a partition.
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PIPELINE = "moderation-training"

Row = tuple[str, datetime, int, float | None]


@dataclass(frozen=True)
class Job:
    """One interval with its rows and the version of the definition that made them."""

    start: datetime
    end: datetime
    rows: tuple[Row, ...]
    version: str = "1"
    name: str = NAME

    @property
    def receipt(self) -> Receipt:
        """What the load is asked to commit."""
        key = run_key(PIPELINE, NAME, self.version, self.start, self.end)
        return Receipt(key, PIPELINE, self.start, self.end, self.end + DAY, self.version)

    @property
    def table(self) -> pa.Table:
        """The rows as Arrow."""
        return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in self.rows], schema=SCHEMA)

    def write(self, directory: Path) -> Path:
        """Write the rows as a dataset, as the step before would."""
        write_dataset(directory, SCHEMA, self.table.to_batches())
        return directory

    def load(self, directory: Path) -> Outcome:
        """Load the dataset in `directory` in this process."""
        return load(replace(DEFINITION, name=self.name), self.receipt, directory)


def job(start: datetime, end: datetime, count: int = 6, version: str = "1", mark: str = "") -> Job:
    """An interval with `count` rows, spread over its last two days."""
    first = max(start, end - 2 * DAY)
    step = (end - first) / count if count else DAY
    rows = tuple((f"{mark}{version}-{end:%d%H}-{n}", first + n * step, (0, 5, 30)[n % 3], n / 4) for n in range(count))
    return Job(start, end, rows, version)


def rows_of(table: Table, columns: Sequence[str] = SCHEMA.names) -> Counter[tuple[Any, ...]]:
    """The rows of a table, each with how often it is there."""
    return Counter(tuple(row[name] for name in columns) for row in table.scan().to_arrow().to_pylist())


def table_now(name: str = NAME) -> Table:
    """The table as the catalog has it, over a new connection."""
    return load_table(open_catalog(), name)


def violations(
    expected: Iterable[tuple[Any, ...]],
    name: str = NAME,
    pipeline: str = PIPELINE,
    columns: Sequence[str] = SCHEMA.names,
) -> list[str]:
    """What is wrong with the table, seen against the rows an oracle expects; empty when all is right."""
    table = table_now(name)
    wanted, found = Counter(expected), rows_of(table, columns)
    wrong = [f"{(found - wanted).total()} rows too many"] if found - wanted else []
    wrong += [f"{(wanted - found).total()} rows missing"] if wanted - found else []
    for snapshot in table.snapshots():
        read = table.scan(snapshot_id=snapshot.snapshot_id).to_arrow().num_rows
        if snapshot.summary is None or str(read) != snapshot.summary["total-records"]:
            wrong.append(f"snapshot {snapshot.snapshot_id} cannot be read whole")
    keys = Counter(receipt.run_key for receipt in receipts(table, pipeline))
    return wrong + [f"key {key} was committed {count} times" for key, count in keys.items() if count > 1]


def append_naively(job: Job) -> None:
    """What the original does: create the table if it is not there, and append."""
    catalog = open_catalog(create=True)
    catalog.create_namespace_if_not_exists("moderation")
    table = catalog.create_table_if_not_exists(job.name, SCHEMA)
    table.append(job.table.cast(table.schema().as_arrow()))


def replace_naively(job: Job) -> None:
    """Delete, then append, in two commits."""
    table = table_now(job.name)
    table.delete(parse(f"uploaded_at >= '{job.start.isoformat()}' and uploaded_at < '{job.end.isoformat()}'"))
    table.append(job.table.cast(table.schema().as_arrow()))


def overwrite_naively(job: Job) -> None:
    """One transaction, but neither a receipt nor a look at what others have committed."""
    table = table_now(job.name)
    inside = parse(f"uploaded_at >= '{job.start.isoformat()}' and uploaded_at < '{job.end.isoformat()}'")
    table.overwrite(job.table.cast(table.schema().as_arrow()), overwrite_filter=inside)


def properties(outcome: Outcome) -> Mapping[str, Any]:
    """The receipt's own keys in a snapshot's summary, without the one that differs from attempt to attempt."""
    return {
        key: value
        for key, value in outcome.summary.items()
        if key.startswith("stockpot.") and key != "stockpot.attempt"
    }
