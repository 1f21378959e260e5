"""Real sources: read whole and exactly, or refused with nothing written."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.check_quality.check import check
from components.check_quality.contract import parse_contract
from components.feed.read import ITEMS, USERS
from components.generate_interactions.bring import Request, bring
from components.generate_interactions.schemas import DERIVED, READ, TABLES
from components.shell.errors import ConfigurationError, ContractError, StepError, TransientError
from components.shell.instants import EPOCH
from components.shell.summary import Summary
from pipelines.feed_ranking import INTERACTIONS as CHECKED
from pipelines.feed_ranking import INTERACTIONS_CONTRACT
from tests.components.generate_interactions.feeds import LONG_AGO, START, UNTIL, feed, interaction, taken, targets
from tests.components.generate_interactions.test_config import text
from tests.harness.canary import leaks
from tests.harness.odd.relations import CANARY


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[Summary, dict[str, pa.Table]]]:
    """Writes a feed as Parquet, reads it with the step, and gives what the step wrote."""

    def run(tables: dict[str, list[dict[str, Any]]], until: datetime = UNTIL) -> tuple[Summary, dict[str, pa.Table]]:
        for name, rows in tables.items():
            (tmp_path / "source" / name).mkdir(parents=True)
            pq.write_table(pa.Table.from_pylist(rows), tmp_path / "source" / name / "part.parquet")
        return taken(tmp_path, "parquet", str(tmp_path / "source"), until)

    return run


def test_parquet_comes_whole_and_in_the_common_form(read: Callable[..., Any]) -> None:
    """Rows and types are those of the schema; what is not there is null, what follows from the time is computed."""
    summary, tables = read(feed())
    assert summary.rows_out == 20
    assert {name: table.schema.equals(TABLES[name]) for name, table in tables.items()} == dict.fromkeys(TABLES, True)
    assert tables["interactions"]["dwell_time"].to_pylist() == [0.5 * number for number in range(20)]
    assert set(tables["interactions"]["time_of_day"].to_pylist()) == {"evening"}
    assert set(tables["interactions"]["day_of_week"].to_pylist()) == {0}
    assert tables["users"]["segment"].null_count == 3


@pytest.mark.parametrize("kind", [pa.uuid(), pa.binary(16), pa.binary(), pa.int64()])
def test_ids_of_interactions_are_anything_that_has_a_text(tmp_path: Path, kind: pa.DataType) -> None:
    """UUIDs are their text, whether or not the file says that they are some; other bytes are one if they are UTF-8."""
    source = feed(interactions=[interaction(number) for number in range(3)])
    given = {
        pa.uuid(): [UUID(int=number).bytes for number in range(3)],
        pa.binary(16): [UUID(int=number).bytes for number in range(3)],
        pa.binary(): [b"soup", b"br\xc3\xb8d", b"salt"],
        pa.int64(): [7, 8, 9],
    }[kind]
    for name, rows in source.items():
        table = pa.Table.from_pylist(rows)
        if name == "interactions":
            ids = pa.array(given, pa.binary(16) if kind == pa.uuid() else kind)
            ids = pa.ExtensionArray.from_storage(kind, ids) if kind == pa.uuid() else ids
            table = table.set_column(0, "interaction_id", ids)
        pq.write_table(table, tmp_path / f"{name}.parquet")
    texts = {pa.binary(): ["soup", "brød", "salt"], pa.int64(): ["7", "8", "9"]}
    _, tables = taken(tmp_path, "parquet", str(tmp_path))
    assert tables["interactions"]["interaction_id"].to_pylist() == texts.get(
        kind, [str(UUID(int=number)) for number in range(3)]
    )


def test_interactions_not_known_yet_are_left_out(read: Callable[..., Any]) -> None:
    """Nothing from `until` on is read."""
    summary, tables = read(feed(), START + timedelta(seconds=100))
    assert summary.rows_out == tables["interactions"].num_rows == 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"interactions": [interaction(0), interaction(1, interaction_id="i-0")]},
            "interaction_id i-0 is there more than once",
        ),
        (
            {"interactions": [interaction(1), interaction(0)]},
            "interactions are not sorted by timestamp: one at 2025-03-03T17:00:00Z",
        ),
        (
            {"interactions": [interaction(0, user_id=99)]},
            "interactions are of users that do not exist, such as user_id 99",
        ),
        (
            {"interactions": [interaction(0, item_id=99)]},
            "interactions show items that do not exist, such as item_id 99",
        ),
        (
            {"interactions": [interaction(0, timestamp=EPOCH - timedelta(microseconds=1)), interaction(1)]},
            "interactions are from before 1970, from when on the table is filled: one at 1969-12-31T23:59:59.999999Z",
        ),
        ({"interactions": [interaction(0, user_id=None)]}, "column 'user_id' of interactions has null"),
        ({"interactions": [interaction(0, user_id="ann")]}, "column 'user_id' of interactions is no int64"),
        ({"interactions": [interaction(0, click=0.5)]}, "column 'click' of interactions is no int32"),
        ({"interactions": [interaction(0, timestamp=5)]}, "column 'timestamp' of interactions is int64 and no time"),
        ({"interactions": [{"interaction_id": "i-0"}]}, "interactions of the source has no column 'user_id'"),
        ({"users": [{"user_id": 0, "signup_date": LONG_AGO}] * 2}, "user_id 0 is in users more than once"),
        ({"items": [{"item_id": 0, "creation_date": UNTIL}]}, "show items that do not exist"),
        (
            {"items": [{"item_id": number, "creation_date": START} for number in range(2)]}
            | {"interactions": [interaction(-1)]},
            "interactions show an item before its creation_date",
        ),
    ],
)
def test_a_broken_source_is_refused_and_nothing_written(
    read: Callable[..., Any], tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    """One line with an example, exit code 10, and not one file."""
    with pytest.raises(ContractError) as raised:
        read(feed(**changes))
    assert message in str(raised.value)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("changes", "severity", "rules"),
    [
        ({0: {"device": "tv"}, 1: {"dwell_time": 301.0}}, "warning", {"device", "dwell_time"}),
        ({number: {"click": 1} for number in range(200)}, "warning", {"click"}),
        ({number: {"click": 1} for number in range(6_240)}, "warning", {"click"}),
        ({0: {"dwell_time": -0.5}, 1: {"click": 2}}, "error", {"dwell_time", "click"}),
        ({0: {"dwell_time": float("inf")}}, "error", {"dwell_time"}),
        ({0: {"dwell_time": float("nan")}}, "error", {"dwell_time"}),
    ],
)
def test_what_only_a_generated_feed_is_like_is_warned_of(
    read: Callable[..., Any], tmp_path: Path, changes: dict[int, dict[str, Any]], severity: str, rules: set[str]
) -> None:
    """Features can be computed of other devices, longer times and other shares; of negative times they cannot."""
    usual = [interaction(number, dwell_time=1.0, click=int(number % 5 == 0)) for number in range(10_000)]
    if len(changes) > 2:
        usual = [row | {"click": 0} for row in usual]
    read(feed(interactions=[row | changes.get(number, {}) for number, row in enumerate(usual)]))
    contract = parse_contract(INTERACTIONS_CONTRACT.document(), UNTIL)
    _, findings = check(targets(tmp_path)["interactions"], contract)
    broken = [one for one in findings if not one.success and one.name != "means(like)"]
    assert {name for one in broken if one.rule.severity == severity for name in one.rule.columns} == rules
    assert severity == "error" or all(one.rule.severity == "warning" for one in broken)


def test_all_that_is_missing_is_named_before_anything_is_read(tmp_path: Path) -> None:
    """Of all three tables, and of files that lack what others have."""
    tables = feed(users=[{"user": 0, "signup_date": LONG_AGO}], items=[{"item_id": 0}])
    for name, rows in tables.items():
        (tmp_path / name).mkdir()
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name / "a.parquet")
    pq.write_table(
        pa.Table.from_pylist(tables["interactions"]).drop_columns("click"), tmp_path / "interactions/b.parquet"
    )
    with pytest.raises(ContractError) as raised:
        taken(tmp_path, "parquet", str(tmp_path))
    assert raised.value.message == (
        "b.parquet: interactions of the source has no column 'click', did you mean like?; users of the source has no"
        " column 'user_id', did you mean user?; items of the source has no column 'creation_date'"
    )


def test_files_of_one_table_may_have_types_of_their_own(tmp_path: Path) -> None:
    """Each is cast by itself: what fits is taken, and of what does not the column is named."""
    tables = feed()
    for name in ("users", "items"):
        pq.write_table(pa.Table.from_pylist(tables[name]), tmp_path / f"{name}.parquet")
    whole = pa.Table.from_pylist(tables["interactions"])
    (tmp_path / "interactions").mkdir()
    pq.write_table(whole.slice(0, 10), tmp_path / "interactions/a.parquet")
    ids = whole["user_id"].cast(pa.int32()).dictionary_encode(), whole["timestamp"].cast(pa.timestamp("ns", "UTC"))
    place = whole.schema.get_field_index("timestamp")
    other = whole.set_column(1, "user_id", ids[0]).set_column(place, "timestamp", ids[1]).slice(10)
    pq.write_table(other, tmp_path / "interactions/b.parquet")
    _, found = taken(tmp_path, "parquet", str(tmp_path))
    assert found["interactions"]["user_id"].to_pylist() == whole["user_id"].to_pylist()
    assert found["interactions"]["timestamp"].to_pylist() == whole["timestamp"].to_pylist()
    words = pa.array(["ann"] * other.num_rows)
    pq.write_table(other.set_column(1, "user_id", words), tmp_path / "interactions/b.parquet")
    with pytest.raises(ContractError, match="column 'user_id' of interactions is no int64"):
        taken(tmp_path, "parquet", str(tmp_path))


@pytest.mark.parametrize(
    ("source", "path", "error", "message"),
    [
        ("csv", "", ConfigurationError, "unknown source 'csv'"),
        ("parquet", "data/feed", ConfigurationError, "write an absolute path or s3://"),
        ("parquet", "/nowhere", ConfigurationError, "there is neither /nowhere/interactions/*.parquet"),
    ],
)
def test_a_source_that_is_not_there_is_named(
    tmp_path: Path, source: str, path: str, error: type[StepError], message: str
) -> None:
    """An unknown kind, a path that is no place, and a place without files are told apart."""
    with pytest.raises(error) as raised:
        bring(Request(source, path, "", UNTIL), targets(tmp_path))
    assert message in str(raised.value)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    """Text with the name of a Parquet file is a matter of configuration."""
    for name, rows in feed().items():
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
    (tmp_path / "interactions").mkdir()
    (tmp_path / "interactions.parquet").rename(tmp_path / "interactions/a.parquet")
    (tmp_path / "interactions/more.parquet").write_text("hello")
    with pytest.raises(ConfigurationError, match=r"interactions/more\.parquet is no Parquet"):
        bring(Request("parquet", str(tmp_path), "", UNTIL), targets(tmp_path))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("interactions/a.parquet", "interactions/b.csv"), "interactions/b.csv is no Parquet file of interactions"),
        (("interactions/year=2025/a.parquet",), "interactions/year=2025 is no Parquet file of interactions"),
        (("interactions.parquet/a.parquet",), "interactions.parquet is no Parquet file of interactions"),
        (("interactions/a.parquet", "interactions.parquet"), "table interactions lies twice"),
    ],
)
def test_what_would_be_left_out_or_come_twice_is_refused(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    """With its name."""
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"a": [1]}), tmp_path / name)
    with pytest.raises(ConfigurationError, match=words):
        bring(Request("parquet", str(tmp_path), "", UNTIL), targets(tmp_path / "out"))


def test_parquet_comes_from_an_object_store(catalog_env: dict[str, str], object_store: Any, tmp_path: Path) -> None:
    """s3:// goes to the store of MINIO_ENDPOINT with its keys."""
    for name, rows in feed().items():
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
        object_store.client.fput_object(object_store.bucket, f"feed/{name}.parquet", tmp_path / f"{name}.parquet")
    summary, _ = taken(tmp_path, "parquet", f"s3://{object_store.bucket}/feed")
    assert summary.details["rows"] == {"interactions": 20, "users": 3, "items": 2}


def test_an_object_store_that_is_gone_is_worth_another_try(
    catalog_env: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing listens at the endpoint: exit code 75."""
    monkeypatch.setenv("MINIO_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(TransientError):
        bring(Request("parquet", "s3://bucket/feed", "", UNTIL), targets(tmp_path))


def test_what_is_read_is_what_is_used() -> None:
    """Features, contract and summary need every column that is read, and no other."""
    used = {name: set(schema.names) for name, schema in (("users", USERS), ("items", ITEMS))}
    used["users"].add("segment")
    used["interactions"] = {column.name for column in CHECKED} - set(DERIVED)
    assert {name: set(columns) for name, columns in READ.items()} == used


def test_parquet_is_read_no_further(read: Callable[..., Any], tmp_path: Path) -> None:
    """Columns that nobody uses stay in the source's files."""
    users = [{"user_id": n, "signup_date": LONG_AGO, "email": CANARY, "device_preference": CANARY} for n in range(3)]
    summary, tables = read(feed(users=users))
    assert leaks({CANARY}, tmp_path / "out") == []
    assert leaks({CANARY}, tmp_path / "source")
    assert tables["users"]["device_preference"].null_count == 3
    assert summary.details["missing_columns"] == {"users": ["segment"]}


def run_command(tmp_path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The step as an engine starts it."""
    outputs = [f"--{name}={tmp_path}/{name}" for name in (*TABLES, "summary")]
    command = [sys.executable, "-m", "components.generate_interactions", "--source-path=", *outputs, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_generates(tmp_path: Path) -> None:
    """A config in, three datasets and a summary out."""
    config = text(num_users=10, num_items=20, num_interactions=100)
    done = run_command(tmp_path, "--source=synthetic", f"--config={config}", "--until=2026-01-01T00:00:00Z")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["interactions", "items", "summary", "users"]


def test_the_command_refuses_in_one_line(tmp_path: Path) -> None:
    """A range that ends after what is known, and a wrong config, end with 11 and one line, and leave nothing."""
    for config, message in ((text(), "after 2025-06-01T00:00:00Z"), (text(num_users=0), "num_users is 0")):
        done = run_command(tmp_path, "--source=synthetic", f"--config={config}", "--until=2025-06-01T00:00:00Z")
        assert done.returncode == 11
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())
