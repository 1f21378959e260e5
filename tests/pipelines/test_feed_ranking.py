"""The feed-ranking pipeline as a whole, on real services, through the command."""

import json
import math
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.shell import datasets
from components.shell.instants import parse_instant
from tests.components.ranking_features import oracle
from tests.harness import tables

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
DAYS = [f"2026-03-0{day}T02:00:00Z" for day in range(1, 8)]
pytestmark = [
    pytest.mark.xdist_group("feed-ranking"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(900),
]

SOURCE = """
    CREATE TABLE users (user_id int, signup_date date);
    CREATE TABLE items (item_id int, creation_date date);
    CREATE TABLE interactions (
        interaction_id text, user_id int, item_id int, "timestamp" timestamptz, click bool, "like" bool, share bool,
        dwell_time float, device text
    );
    INSERT INTO users SELECT i, '2026-01-01' FROM generate_series(0, 9) i;
    INSERT INTO items SELECT i, '2026-01-01' FROM generate_series(0, 19) i;
    INSERT INTO interactions
    SELECT 'i' || i, i % 10, i % 20, '2026-01-05'::timestamptz + i * interval '17 minutes', i % 7 = 0, i % 21 = 0,
        false, CASE WHEN i % 7 = 0 THEN 4.5 ELSE 0 END, 'mobile'
    FROM generate_series(1, 200) i;
"""


def config(**changes: Any) -> str:
    """A config of 3,000 interactions; the config is YAML, and JSON is too."""
    usual = {"num_users": 40, "num_items": 60, "num_interactions": 3_000, "seed": 3}
    usual |= {"date_range": {"start": "2026-01-01", "end": "2026-02-01"}}
    return json.dumps({"data_generation": usual | changes})


def command(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    done = subprocess.run(
        [STOCKPOT, *arguments, "--home", str(home)], capture_output=True, text=True, check=False, timeout=240
    )
    return done.returncode, done.stdout, done.stderr


def run(home: Path, as_of: str, **parameters: str) -> tuple[int, dict[str, Any]]:
    """Exit code and outcome of a run."""
    given = [f"--param={name}={value}" for name, value in parameters.items()]
    code, out, err = command(home, "run", "feed-ranking", "--as-of", as_of, "--output", "json", *given)
    assert "Traceback" not in err
    return code, json.loads(out)


def rows(home: Path) -> list[dict[str, Any]]:
    """All rows of the table, in the order of time."""
    found = [{**row, "timestamp": parse_instant(row["timestamp"])} for row in tables.rows(home, "feed.training_data")]
    return sorted(found, key=lambda row: (row["timestamp"], row["interaction_id"]))


def outputs(home: Path, step: str) -> Path:
    """The outputs of a step of the newest run."""
    return newest(home) / "steps" / step / "outputs"


def newest(home: Path) -> Path:
    """The directory of the newest run; beside those of runs lies their index."""
    return max((path for path in (home / "runs").iterdir() if path.is_dir()), key=lambda path: path.name)


def test_the_table_holds_what_a_plain_loop_computes(tmp_path: Path) -> None:
    """Every row is the oracle's, split 70, 15 and 15 in time, proved and drawn; a re-run changes nothing."""
    code, outcome = run(tmp_path, DAYS[0], config=config())
    assert code == 0, outcome
    made = outputs(tmp_path, "generate-interactions")
    tables = {name: read(made / name) for name in ("interactions", "users", "items")}
    found, expected = rows(tmp_path), oracle.features(**tables)
    assert len(found) == 3_000
    for row, wanted in zip(found, expected, strict=True):
        assert set(row) == {*wanted, "split"}
        same = {
            name: math.isclose(row[name], value) if isinstance(value, float) else row[name] == value
            for name, value in wanted.items()
        }
        assert all(same.values()), (row, wanted)
    splits = [row["split"] for row in found]
    assert splits == sorted(splits, key=["train", "val", "test"].index)
    assert abs(splits.count("train") - 2_100) <= 5
    proof = json.loads((outputs(tmp_path, "examine-features") / "proof").read_text())
    assert proof["rows_unchanged_without_the_future"] == splits.count("train")
    assert "Features of feed.training_data" in Path(report(tmp_path)).read_text()
    assert not (outputs(tmp_path, "trigger-training").parent / "stdout").exists()
    template = {"training_template": "train-ranker", "training_parameters": '{"epochs": "2"}'}
    again, outcome = run(tmp_path, DAYS[1], config=config(), **template)
    assert again == 0, outcome
    assert rows(tmp_path) == found
    assert '"name": "train-ranker"' in (outputs(tmp_path, "trigger-training").parent / "stdout").read_text()
    assert "nothing changed" in (outputs(tmp_path, "load-iceberg").parent / "stdout").read_text()


def read(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]


def report(home: Path) -> str:
    """The path of the newest run's report."""
    return command(home, "report", newest(home).name)[1].strip()


@pytest.mark.turns
def test_datasets_replace_one_another_and_broken_ones_do_not(tmp_path: Path) -> None:
    """Another config replaces all rows; a wrong config, a stale run and a broken source leave them as they are.

    A feed that nobody clicks on is warned of, and loaded.
    """
    assert run(tmp_path, DAYS[0], config=config())[0] == 0
    assert run(tmp_path, DAYS[1], config=config(seed=4, num_interactions=2_000))[0] == 0
    held = rows(tmp_path)
    assert len(held) == 2_000

    for code, words, as_of, parameters in (
        (11, "unknown key 'num_user'", DAYS[2], {"config": config(num_user=1)}),
        (12, "give a later as_of", DAYS[0], {"config": config(seed=5)}),
        (10, "is no int32", DAYS[2], {"source": "parquet", "source_path": broken(tmp_path / "broken")}),
    ):
        found, outcome = run(tmp_path, as_of, **parameters)
        assert (found, words in str(outcome)) == (code, True), outcome
        assert rows(tmp_path) == held
    found, outcome = run(tmp_path, DAYS[2], config=config(num_interactions=20_000, click_rate=0.001))
    assert (found, "means(click)" in str(outcome)) == (0, True), outcome
    assert len(rows(tmp_path)) == 20_000


def broken(place: Path) -> str:
    """The path of a feed whose clicks are neither 0 nor 1."""
    place.mkdir()
    instant, who = datetime(2026, 1, 5, tzinfo=UTC), {"user_id": [1], "item_id": [1]}
    flags = {"click": [0.5], "like": [0], "share": [0]}
    told = {"interaction_id": ["i"], **who, "timestamp": [instant], **flags, "dwell_time": [0.0], "device": ["tv"]}
    tables = {
        "interactions": told,
        "users": {"user_id": [1], "signup_date": [instant]},
        "items": {"item_id": [1], "creation_date": [instant]},
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), place / f"{name}.parquet")
    return str(place)


@pytest.mark.turns
def test_a_real_source_is_read_from_postgres(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """Its rows land as they are; once it repeats an id, nothing more does."""
    execute(catalog_env["DATABASE_URL"], SOURCE)
    code, outcome = run(tmp_path, DAYS[0], source="postgres")
    assert code == 0, outcome
    held = rows(tmp_path)
    assert len(held) == 200
    assert sum(row["click"] for row in held) == 28
    execute(catalog_env["DATABASE_URL"], "INSERT INTO interactions SELECT * FROM interactions LIMIT 1")
    code, outcome = run(tmp_path, DAYS[1], source="postgres")
    assert (code, "is there more than once" in str(outcome)) == (10, True)
    assert rows(tmp_path) == held


def execute(url: str, statement: str) -> None:
    """Execute SQL in the source."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
