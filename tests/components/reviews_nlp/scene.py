"""Reviews in memory, and the step run on them in-process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.iceberg.lateness import Past
from components.reviews_nlp.compute import Inputs, Outputs, compute
from components.reviews_nlp.schemas import REVIEWS
from components.reviews_nlp.settings import Settings
from components.reviews_nlp.usable import Interval
from components.shell import datasets
from components.shell.summary import Summary

Row = Mapping[str, Any]
_AT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("review_id", pa.int64()), ("customer_id", pa.string()), ("article_id", pa.string()), ("rating", pa.int32()),
        ("title", pa.string()), ("review_text", pa.string()), ("created_at", _AT), ("updated_at", _AT),
        ("deleted_at", _AT), ("language", pa.string()), ("known_at", _AT),
    ]
)  # fmt: skip
VERSIONS = pa.schema(
    [("article_id", pa.string()), ("category_id", pa.string()), ("version", pa.int32()), ("known_at", _AT)]
)
ZONE = "Europe/Stockholm"
START = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
INTERVAL = Interval(START, BEGAN + 30 * DAY, BEGAN + 30 * DAY, "UTC")


def until(day: int, start: datetime = START) -> Interval:
    """The interval up to the beginning of a local day, of a run that reads the source three hours later."""
    end = BEGAN + day * DAY - timedelta(hours=1)
    return Interval(start, end, end + timedelta(hours=3), ZONE, end + timedelta(hours=3))


def review(number: int, text: str | None = "A soft and warm jumper, lovely!", **values: Any) -> dict[str, Any]:
    """A review of the article `a` by the customer `c`, an hour after the one before."""
    told = dict.fromkeys(SCHEMA.names) | {
        "review_id": number, "customer_id": "c", "article_id": "a", "rating": 4, "review_text": text,
        "created_at": BEGAN + timedelta(hours=number),
    }  # fmt: skip
    return told | values


@dataclass(frozen=True)
class Found:
    """What the step wrote, and what it says of it."""

    rows: list[dict[str, Any]]
    stats: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    touched: list[dict[str, Any]]
    summary: Summary

    @property
    def by_id(self) -> dict[str, dict[str, Any]]:
        """The last version of each review."""
        return {row["review_id"]: row for row in self.rows}


def found(
    directory: Path,
    rows: Sequence[Row],
    interval: Interval = INTERVAL,
    settings: Settings | None = None,
    *,
    table: Sequence[Row] = (),
    versions: Sequence[Row] = (),
    articles: Sequence[Row] = (),
    customers: Mapping[str, Sequence[str]] = {},
    past: Past | None = None,
    schema: pa.Schema = SCHEMA,
) -> Found:
    """What the step makes of the source's rows, where the table has some already.

    `customers` are the ids that tables of the source have.
    """
    written = REVIEWS.to_pyarrow()
    _lay(directory / "raw" / "reviews", rows, schema)
    if articles:
        _lay(directory / "raw" / "articles", articles, pa.schema([(name, pa.string()) for name in articles[0]]))
    for name, ids in customers.items():
        _lay(
            directory / "raw" / name, [{"customer_id": each} for each in ids], pa.schema([("customer_id", pa.string())])
        )
    tables = [{"name": "reviews", "columns": [{"name": name} for name in schema.names]}]
    (directory / "raw" / datasets.MANIFEST).write_text(json.dumps({"files": [], "tables": tables}))
    _lay(directory / "versions", versions, VERSIONS)
    _lay(directory / "before", table, written)
    places = Outputs(*(directory / name for name in ("rows", "stats", "rejected", "touched")))
    inputs = Inputs(directory / "raw", directory / "versions", directory / "before", past or Past())
    summary = compute(inputs, interval, settings or Settings(most_rejected=1, most_gone=1), places)
    rows, stats, rejected, touched = map(_read, (places.rows, places.stats, places.rejected, places.touched))
    return Found(rows, stats, rejected, touched, summary)


def _lay(directory: Path, rows: Sequence[Row], schema: pa.Schema) -> None:
    datasets.write_dataset(directory, schema, pa.Table.from_pylist(list(map(dict, rows)), schema).to_batches())


def _read(directory: Path) -> list[dict[str, Any]]:
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]
