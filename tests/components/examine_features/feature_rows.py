"""Rows with features, users with segments, and both as datasets."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.examine_features.tally import Shown
from components.shell.datasets import write_dataset

SHOWN = Shown("click", ("segment", "hour_of_day", "device", "absent"))
START = datetime(2025, 1, 1, tzinfo=UTC)
TABLE = {
    "name": "feed.training_data",
    "columns": [
        "interaction_id string!", "user_id long!", "timestamp timestamptz!", "user_historical_ctr double!",
        "user_interaction_count long!", "hour_of_day int!", "device_mobile int!", "device_tablet int!", "click int!",
        "split string!",
    ],
    "partition": {"split": "identity"},
    "interval_column": "timestamp",
}  # fmt: skip
_TYPES = {"string": pa.string(), "long": pa.int64(), "double": pa.float64(), "int": pa.int32()}
_TYPES["timestamptz"] = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [pa.field(name, _TYPES[kind.rstrip("!")]) for name, kind in (column.split() for column in TABLE["columns"])]
)
USERS = pa.schema([("user_id", pa.int64()), ("segment", pa.string())])


def feature_rows(count: int = 200, **changes: Any) -> list[dict[str, Any]]:
    """Rows in time order; `changes` replace a column by a value or by a function of the row's place."""
    usual: dict[str, Any] = {
        "interaction_id": str,
        "user_id": lambda n: n % 7,
        "timestamp": lambda n: START + n * timedelta(hours=1),
        "user_historical_ctr": lambda n: (n * 37 % 100) / 100,
        "user_interaction_count": lambda n: n * n,
        "hour_of_day": lambda n: n % 24,
        "device_mobile": lambda n: int(n % 3 == 0),
        "device_tablet": lambda n: int(n % 3 == 1),
        "click": lambda n: int(n % 5 == 0),
        "split": lambda n: "train" if n < count * 0.7 else "val" if n < count * 0.85 else "test",
    }
    columns = {**usual, **changes}
    return [{name: make(n) if callable(make) else make for name, make in columns.items()} for n in range(count)]


def write_rows(directory: Path, rows: list[dict[str, Any]]) -> Path:
    """The rows as a dataset."""
    write_dataset(directory, SCHEMA, pa.Table.from_pylist(rows, schema=SCHEMA).to_batches(max_chunksize=30))
    return directory


def write_users(directory: Path, *, segments: bool = True) -> Path:
    """Six of seven users, one of them without a segment; or users without segments at all."""
    users = [{"user_id": n, "segment": None if n == 5 else ("power", "casual")[n % 2]} for n in range(6)]
    schema = USERS if segments else pa.schema([USERS.field("user_id")])
    write_dataset(directory, schema, pa.Table.from_pylist(users, schema=schema).to_batches())
    return directory
