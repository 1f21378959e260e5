"""The proof holds for the features, and goes red for every leak that is planted."""

import json
import random
import subprocess
import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from components.examine_features.prove import FEATURES, prove, prove_datasets
from components.feed import features as work
from components.feed.features import SCHEMA, features
from components.feed.read import MEMORY, read
from components.shell import datasets
from components.shell.compute import engine
from components.shell.errors import ContractError
from tests.components.ranking_features.feeds import SCHEMAS, START, Compute, computed, held
from tests.components.ranking_features.test_features import leaky

Row = dict[str, Any]
USERS = [{"user_id": number, "signup_date": START} for number in range(5)]
ITEMS = [{"item_id": number, "creation_date": START} for number in range(7)]
INTERACTIONS = [
    {"interaction_id": f"{number:03}", "user_id": number % 5, "item_id": number % 7, "click": number % 3 % 2}
    | {"timestamp": START + number // 2 * timedelta(minutes=7), "dwell_time": number % 3 * 1.5, "device": "mobile"}
    for number in range(100)
]


def split(rows: list[Row]) -> list[Row]:
    """The rows with the first 70 for training and the rest in halves."""
    return [{**row, "split": "train" if n < 70 else "val" if n < 86 else "test"} for n, row in enumerate(rows)]


def proof(
    compute: Compute = features, rows: list[Row] | None = None, interactions: list[Row] = INTERACTIONS
) -> dict[str, Any]:
    """The proof for rows computed by `compute`."""
    given = split(computed(interactions, USERS, ITEMS, compute)) if rows is None else rows
    schema = pa.schema([*SCHEMA.to_pyarrow(), pa.field("split", pa.string())])
    with engine(MEMORY) as backend:
        rows_given = backend.given("given", pa.Table.from_pylist(given, schema=schema))
        return prove(backend, held(backend, interactions, USERS, ITEMS), rows_given, compute)


def test_the_features_are_proved() -> None:
    """All rows before the cut, and five that come right after it, are as they were."""
    found = proof()
    assert found["rows"] == 100
    assert found["rows_unchanged_without_the_future"] == 70
    assert found["rows_unchanged_with_their_own_target_flipped"] == 5
    assert found["splits"]["val"] == {"rows": 16, "first": "2025-02-28T02:05:00Z", "last": "2025-02-28T02:54:00Z"}
    assert len(found["features"]) == 14


@pytest.mark.parametrize("seed", range(4))
def test_sound_rows_are_proved(seed: int) -> None:
    """Ids in no order, several at one instant, users and items in any number: whatever was computed right passes."""
    chance = random.Random(seed)
    users, items = chance.randint(1, 5), chance.randint(1, 7)
    drawn = [
        {**row, "user_id": chance.randrange(users), "item_id": chance.randrange(items), "click": chance.randrange(2)}
        | {"timestamp": START + chance.randrange(30) * timedelta(minutes=7), "dwell_time": chance.randrange(99) / 8}
        for row in INTERACTIONS
    ]
    rows = computed(drawn, USERS, ITEMS)
    first, second = (rows[place]["timestamp"] for place in (70, 86))
    names = ["train" if row["timestamp"] < first else "val" if row["timestamp"] < second else "test" for row in rows]
    found = proof(rows=[{**row, "split": name} for row, name in zip(rows, names, strict=True)], interactions=drawn)
    since = rows[names.index("val") :]
    seen_before = [{row[key] for row in since[:place]} for key in ("user_id", "item_id") for place in range(len(since))]
    new = [
        row["user_id"] not in of_user and row["item_id"] not in of_item
        for row, of_user, of_item in zip(since, seen_before, seen_before[len(since) :], strict=False)
    ]
    assert found["rows_unchanged_without_the_future"] == names.count("train")
    assert found["rows_unchanged_with_their_own_target_flipped"] == sum(new)


def replaced(name: str, value: Any) -> Compute:
    """The features with one column replaced by an expression over the interactions."""

    def compute(interactions: ir.Table, users: ir.Table, items: ir.Table) -> ir.Table:
        planted = interactions.select("interaction_id", planted=value(interactions).cast(SCHEMA[name]))
        rows = features(interactions, users, items).join(planted, "interaction_id")
        return rows.mutate(**{name: rows.planted}).select(*SCHEMA.names).order_by(*work.ORDER)

    return compute


@pytest.mark.parametrize(
    ("feature", "compute"),
    [
        ("user_historical_ctr", leaky),
        ("user_historical_ctr", replaced("user_historical_ctr", lambda t: t.click.mean().over(group_by="user_id"))),
        ("item_ctr", replaced("item_ctr", lambda t: t.click)),
        ("item_avg_dwell_time", replaced("item_avg_dwell_time", lambda t: t.dwell_time)),
        ("item_popularity", replaced("item_popularity", lambda t: t.count().over(group_by="item_id"))),
        (
            "user_item_previous_interactions",
            replaced("user_item_previous_interactions", lambda t: t.count().over(group_by=["user_id", "item_id"]) - 1),
        ),
        (
            "item_age_days",
            replaced("item_age_days", lambda t: t.timestamp.max().over(ibis.window()).epoch_seconds()),
        ),
    ],
)
def test_a_planted_leak_is_named(feature: str, compute: Compute) -> None:
    """Global means, whole-history counts and the row's own outcome stop the run, by the feature's name."""
    with pytest.raises(ContractError, match=f"feature {feature} leaks"):
        proof(compute)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": "test"}, "test begins at"),
        ({"split": "dev"}, "the splits are"),
        ({"interaction_id": "unknown"}, "1 interaction has no row of its own"),
    ],
)
def test_rows_that_are_split_wrongly_are_refused(change: Row, message: str) -> None:
    """A row of the last split among the first, an unknown split, and a row of no interaction."""
    rows = split(computed(INTERACTIONS, USERS, ITEMS))
    with pytest.raises(ContractError, match=message):
        proof(rows=[{**rows[0], **change}, *rows[1:]])


def test_splits_that_share_an_instant_are_refused() -> None:
    """Two rows of the same instant on both sides of a cut are one row too many."""
    rows = split(computed(INTERACTIONS, USERS, ITEMS))
    rows[69]["timestamp"] = rows[70]["timestamp"]
    with pytest.raises(ContractError, match="train lasts until 2025-02-28T02:05:00Z and val begins at"):
        proof(rows=rows)


def written(directory: Path, rows: list[Row], schema: pa.Schema) -> Path:
    """The rows as a dataset."""
    datasets.write_dataset(directory, schema, pa.Table.from_pylist(rows, schema=schema).to_batches())
    return directory


@pytest.mark.parametrize(
    ("column", "kind"),
    [("user_id", pa.string()), ("interaction_id", pa.int64()), ("dwell_time", pa.list_(pa.float64())), (None, None)],
)
def test_a_column_of_another_type_is_refused(tmp_path: Path, column: str | None, kind: pa.DataType) -> None:
    """A text that looks like a number is none, a number is no text, and what nobody asks for does not matter."""
    schema = SCHEMAS["interactions"].to_pyarrow()
    names = {**{field.name: field.type for field in schema}, "other": pa.date32(), **({column: kind} if column else {})}
    written(tmp_path / "interactions", [], pa.schema(list(names.items())))
    with engine(MEMORY) as backend, nullcontext() if column is None else pytest.raises(ContractError, match=column):
        assert tuple(read(backend, tmp_path / "interactions", SCHEMAS["interactions"]).columns) == tuple(schema.names)


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A step as an engine starts it."""
    return subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def source(tmp_path: Path) -> list[str]:
    """The three datasets as arguments."""
    tables = {"interactions": INTERACTIONS, "users": USERS, "items": ITEMS}
    return [f"--{name}={written(tmp_path / name, rows, SCHEMAS[name].to_pyarrow())}" for name, rows in tables.items()]


def command(tmp_path: Path, source: list[str]) -> subprocess.CompletedProcess[str]:
    """The step that computes rows and cuts them, on the three datasets."""
    outputs = [f"--split-rows={tmp_path}/rows", f"--summary={tmp_path}/summary"]
    return run("components.ranking_features", *source, "--shares=[0.7, 0.15, 0.15]", *outputs)


def test_the_step_computes_and_its_rows_are_proved(tmp_path: Path, source: list[str]) -> None:
    """Its rows are those of the expressions, cut in time; the proof reads all from the datasets anew."""
    done = command(tmp_path, source)
    assert done.returncode == 0, done.stderr
    rows = [row for batch in datasets.read_batches(tmp_path / "rows") for row in batch.to_pylist()]
    assert [row.pop("split") for row in rows] == ["train"] * 70 + ["val"] * 14 + ["test"] * 16
    assert rows == computed(INTERACTIONS, USERS, ITEMS)
    summary = json.loads((tmp_path / "summary").read_text())
    assert [summary[f"rows_{name}"] for name in ("in", "out", "rejected")] == [100, 100, 0]
    assert summary["details"]["devices"] == ["mobile", "desktop", "tablet"]
    assert summary["details"]["splits"]["val"]["rows"] == 14
    proof = prove_datasets(*(tmp_path / name for name in ("interactions", "users", "items", "rows")))
    assert (proof["rows"], proof["features"]) == (100, list(FEATURES))


def test_rows_that_know_the_future_are_found_in_their_files(tmp_path: Path, source: list[str]) -> None:
    """The proof goes by interactions, users and items as they lie there, not by what the rows say of themselves."""
    rows = split(computed(INTERACTIONS, USERS, ITEMS, leaky))
    schema = SCHEMA.to_pyarrow().append(pa.field("split", pa.string(), nullable=False))
    written(tmp_path / "rows", rows, schema)
    with pytest.raises(ContractError, match="leaks"):
        prove_datasets(*(tmp_path / name for name in ("interactions", "users", "items", "rows")))


def test_shares_that_make_no_sense_stop_the_step(tmp_path: Path, source: list[str]) -> None:
    """Two shares in place of three: exit code 11, and nothing is written."""
    outputs = [f"--split-rows={tmp_path}/rows", f"--summary={tmp_path}/summary"]
    done = run("components.ranking_features", *source, "--shares=[0.7, 0.3]", *outputs)
    assert (done.returncode, (tmp_path / "rows").exists()) == (11, False), done.stderr
    assert "give three numbers" in done.stderr


@pytest.mark.parametrize(
    ("table", "rows", "message"),
    [
        ("users", USERS[1:], "'user_days_active' would be null in some rows"),
        ("items", [*ITEMS, ITEMS[0]], "100 interactions became 115 rows"),
    ],
)
def test_missing_or_repeated_references_stop_the_step(
    tmp_path: Path, source: list[str], table: str, rows: list[Row], message: str
) -> None:
    """A user who is not there, and an item that is there twice: exit code 10 and one line."""
    written(tmp_path / table, rows, SCHEMAS[table].to_pyarrow())
    done = command(tmp_path, source)
    # Of an engine's own words there may be more before it.
    assert (done.returncode, done.stderr.count("error: ")) == (10, 1)
    assert message in done.stderr.splitlines()[-1]


def test_a_missing_column_stops_the_step(tmp_path: Path, source: list[str]) -> None:
    """Users without a signup_date are named."""
    written(tmp_path / "users", [{"user_id": 1}], pa.schema([("user_id", pa.int64())]))
    done = command(tmp_path, source)
    assert done.returncode == 10
    assert "dataset users has no column 'signup_date'" in done.stderr
