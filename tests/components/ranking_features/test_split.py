"""Rows are cut in time, no instant stands on both sides, and nothing is lost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ranking_features.cuts import check_shares, cuts
from components.ranking_features.split import split
from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError

START = datetime(2025, 1, 1, tzinfo=UTC)
SHARES = [0.7, 0.15, 0.15]
SCHEMA = pa.schema([("interaction_id", pa.int64()), ("timestamp", pa.timestamp("us", tz="UTC"))])


def written(directory: Path, hours: list[int], *, rows_per_file: int = 7) -> Path:
    """A dataset with one row per entry, some hours after the start, in batches of five and several files."""
    rows = [{"interaction_id": place, "timestamp": START + timedelta(hours=hour)} for place, hour in enumerate(hours)]
    batches = pa.Table.from_pylist(rows, schema=SCHEMA).to_batches(max_chunksize=5)
    datasets.write_dataset(directory, SCHEMA, batches, rows_per_file=rows_per_file)
    return directory


def rows_of(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]


def test_each_split_is_a_dataset_and_all_are_one(tmp_path: Path) -> None:
    """70, 15 and 15 of a hundred rows, each in its directory, and one manifest over all three in the order of time."""
    summary = split(written(tmp_path / "rows", list(range(100))), SHARES, tmp_path / "out")
    parts = {name: rows_of(tmp_path / "out" / name) for name in ("train", "val", "test")}
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 70, "val": 15, "test": 15}
    assert rows_of(tmp_path / "out") == parts["train"] + parts["val"] + parts["test"]
    assert [row["interaction_id"] for row in rows_of(tmp_path / "out")] == list(range(100))
    assert all(row["split"] == name for name, rows in parts.items() for row in rows)
    assert not datasets.schema(tmp_path / "out").field("split").nullable
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (100, 100, 0)
    assert summary.details["splits"]["val"] == {
        "rows": 15,
        "first": "2025-01-03T22:00:00Z",
        "last": "2025-01-04T12:00:00Z",
    }


@settings(max_examples=300, derandomize=True)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=80))
def test_no_instant_is_shared_and_no_row_lost(steps: list[int]) -> None:
    """Whatever the ties: train ends before val begins, val before test, and a cut moves back only as far as it must."""
    ordered = sorted(steps)
    places = [ordered.index(ordered[min(round(len(ordered) * share), len(ordered) - 1)]) for share in (0.7, 0.85)]
    if not 0 < places[0] < places[1]:
        with pytest.raises(ContractError):
            cuts(np.array(ordered), (0.7, 0.15, 0.15))
        return
    first, second = cuts(np.array(ordered), (0.7, 0.15, 0.15))
    assert [first, second] == places
    assert max(ordered[:first]) < min(ordered[first:second])
    assert max(ordered[first:second]) < min(ordered[second:])


@pytest.mark.parametrize("hours", [[], [1], [1, 2], [5] * 100, [1] * 99 + [2], list(range(3)) + [9] * 97])
def test_too_few_instants_are_refused(tmp_path: Path, hours: list[int]) -> None:
    """Where three splits cannot be told apart in time, nothing is written."""
    with pytest.raises(ContractError, match="cannot be cut into three splits"):
        split(written(tmp_path / "rows", hours), SHARES, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_rows_out_of_order_are_refused(tmp_path: Path) -> None:
    """The first row that is earlier than the one before it is named."""
    with pytest.raises(ContractError, match="row 4 is earlier than the row before it"):
        split(written(tmp_path / "rows", [1, 2, 3, 2, 5, 1]), SHARES, tmp_path / "out")


def test_rows_without_a_time_are_refused(tmp_path: Path) -> None:
    """A timestamp that is a number, or none at all, cannot be split."""
    schema = pa.schema([("timestamp", pa.int64())])
    datasets.write_dataset(
        tmp_path / "rows", schema, pa.Table.from_pydict({"timestamp": [1]}, schema=schema).to_batches()
    )
    with pytest.raises(ContractError, match="no column 'timestamp' that is a time"):
        split(tmp_path / "rows", SHARES, tmp_path / "out")


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([0.7, 0.3], "give three numbers"),
        ([0.7, 0.2, 0.2], "sum to 1.1"),
        ([0.8, 0.2, 0.0], "make each above 0"),
        ([1.2, -0.1, -0.1], "make each above 0"),
        (["0.7", 0.15, 0.15], "give three numbers"),
        ([True, 0.15, 0.15], "give three numbers"),
        ([float("nan"), 0.5, 0.5], "sum to nan"),
    ],
)
def test_shares_that_make_no_sense_are_refused(shares: list[Any], message: str) -> None:
    """Three numbers above 0 that sum to 1, or one line that says so."""
    with pytest.raises(ConfigurationError, match=message):
        check_shares(shares)


def test_a_second_split_over_the_same_target_gives_the_same_files(tmp_path: Path) -> None:
    """Whoever tries the step again gets what there was."""
    rows = written(tmp_path / "rows", list(range(40)))
    manifests = []
    for _ in range(2):
        assert split(rows, SHARES, tmp_path / "out").rows_out == 40
        manifests.append((tmp_path / "out/_manifest.json").read_text())
    assert manifests[0] == manifests[1]
