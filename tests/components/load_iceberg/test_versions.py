"""Versions against an oracle that keeps every state: a dictionary per instant."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.begin_run.migrate import migrate
from components.begin_run.plan_versions import plan
from components.iceberg import scan
from components.iceberg.details import parse_details
from components.iceberg.receipts import receipts
from components.iceberg.tables import parse_definition
from components.load_iceberg import versioning, versions
from components.load_iceberg.differing import Rules, difference
from components.load_iceberg.versioning import Load
from components.load_iceberg.versioning import load as load_versions
from components.shell.datasets import read_manifest, write_dataset
from components.shell.errors import ConfigurationError, ContractError, SupersededError
from components.shell.summary import read_summary
from tests.components.load_iceberg.modes import INSTANT, STATE_SCHEMA, VERSIONS, VERSIONS_NAME, Scores, State
from tests.components.load_iceberg.scene import DAY, EPOCH, PIPELINE, T0, table_now

HELD = pa.schema(
    [
        *STATE_SCHEMA,
        ("version", pa.int32()),
        ("known_at", INSTANT),
        ("valid_from", INSTANT),
        ("valid_to", INSTANT),
        ("is_deleted", pa.bool_()),
    ]
)
RULES = Rules(("image_id",), ("score",))
NONE = STATE_SCHEMA.empty_table().select(["image_id"])
VALUES = st.sampled_from([None, 0.0, 1.0, float("nan")])
STATES = st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4), min_size=1, max_size=6)


def as_rows(state: Scores) -> pa.Table:
    """The state as a step hands it over."""
    return pa.Table.from_pylist([{"image_id": image, "score": score} for image, score in state.items()], STATE_SCHEMA)


def spelled(state: Scores) -> dict[str, str]:
    """The state with values that can be compared: no number is like itself."""
    return {image: str(score) for image, score in state.items()}


def at_cut(rows: Sequence[Mapping[str, object]], cut: datetime) -> dict[str, str]:
    """The state that versions say there was at an instant, each key there once."""
    standing = [
        row for row in rows if row["valid_from"] <= cut and (row["valid_to"] is None or cut < row["valid_to"])
    ]  # fmt: skip
    assert len({row["image_id"] for row in standing}) == len(standing)
    return {str(row["image_id"]): str(row["score"]) for row in standing if not row["is_deleted"]}


class Book:
    """Versions in memory, which go by what `difference` says."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def take(self, state: Scores, at: datetime) -> int:
        """How many versions a state adds."""
        open_ = [row for row in self.rows if row["valid_to"] is None]
        found = difference(as_rows(state), pa.Table.from_pylist(open_, HELD), NONE, RULES, at)
        for place in found.ended.to_pylist():
            open_[place]["valid_to"] = at
        undone = [open_[place] for place in found.undone.to_pylist()]
        self.rows = [row for row in self.rows if not any(row is one for one in undone)] + found.added.to_pylist()
        return found.added.num_rows


@settings(derandomize=True, max_examples=150)
@given(STATES, st.lists(st.booleans(), min_size=6, max_size=6))
def test_versions_say_what_there_was(states: list[Scores], again: list[bool]) -> None:
    """At every instant they are the state that was handed over, though some were handed over anew with other values."""
    book, oracle = Book(), {}
    for number, state in enumerate(states):
        at = T0 + number * DAY
        if again[number]:
            book.take({**state, "a": 7.0, "e": 8.0}, at)
        book.take(state, at)
        assert book.take(state, at) == 0
        oracle[at] = spelled(state)
    for at, wanted in oracle.items():
        assert at_cut(book.rows, at) == at_cut(book.rows, at + DAY / 2) == wanted
    assert at_cut(book.rows, T0 - DAY) == {}
    for image in "abcde":
        own = sorted((row for row in book.rows if row["image_id"] == image), key=lambda row: row["version"])
        assert [row["version"] for row in own] == list(range(1, len(own) + 1))
        assert all(one["valid_to"] == other["valid_from"] for one, other in pairwise(own))
        assert all(row["valid_to"] is None or row["valid_from"] < row["valid_to"] for row in own)


@pytest.fixture
def kept(catalog_env: dict[str, str], tmp_path: Path):
    """A function that brings the table up to a state, day after day, and says what the load came to."""
    migrate([parse_definition(VERSIONS)])
    days: list[datetime] = []

    def keep(state: Scores, **changed: object):
        start, end = (days[-1] if days else EPOCH), T0 + len(days) * DAY
        one = replace(State(start, end, state), **changed)
        outcome = one.load(one.write(tmp_path / str(len(days))))
        days.append(one.end)
        return outcome

    return keep


def rows_now() -> list[dict[str, object]]:
    """All versions of the table."""
    return list(table_now(VERSIONS_NAME).scan().to_arrow().to_pylist())


def test_there_and_back_again_in_a_real_table(kept) -> None:
    """A to B to A is three versions, gone and back likewise; a compaction in between takes nothing away."""
    states = [{"a": 1.0, "b": 1.0, "c": None}, {"a": 2.0, "c": None}, {"a": 1.0, "b": 1.0, "c": 0.0}, {"c": 0.0}]
    for number, state in enumerate(states):
        kept(state)
        if number == 1:
            table = table_now(VERSIONS_NAME)
            table.overwrite(table.scan().to_arrow())
    rows = rows_now()
    for number, state in enumerate(states):
        assert at_cut(rows, T0 + number * DAY) == spelled(state)
    versions = {image: sum(row["image_id"] == image for row in rows) for image in "abc"}
    assert versions == {"a": 4, "b": 4, "c": 2}
    assert all(row["known_at"] == row["valid_from"] for row in rows)


def test_where_nothing_differs_the_receipt_alone_is_committed(kept) -> None:
    """No file comes or goes, and the table is known to be up to date: what comes too late is refused."""
    kept({"a": 1.0})
    files = {task.file.file_path for task in table_now(VERSIONS_NAME).scan().plan_files()}
    receipt = kept({"a": 1.0}).receipt
    # What a rule on change is held against is how much there was, not how much was new.
    assert (receipt.rows, parse_details(receipt.details)["versions"]["added"]) == (1, 0)
    table = table_now(VERSIONS_NAME)
    assert {task.file.file_path for task in table.scan().plan_files()} == files
    assert [one.interval_end for one in receipts(table, PIPELINE)] == [T0 + DAY, T0]
    with pytest.raises(SupersededError, match="is superseded"):
        plan(T0 + DAY / 2, T0 + DAY, DAY, (PIPELINE, VERSIONS_NAME, "1"), receipts(table, PIPELINE))


def test_files_without_a_changed_key_stay(kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key changes among many: one file goes, of its bucket, and one version ends, in whichever batch it is read."""
    monkeypatch.setattr(scan, "_BATCH_ROWS", 7)
    state = {f"image-{number}": 1.0 for number in range(60)}
    kept(state)
    before = {task.file.file_path for task in table_now(VERSIONS_NAME).scan().plan_files()}
    kept({**state, "image-7": 2.0})
    after = {task.file.file_path for task in table_now(VERSIONS_NAME).scan().plan_files()}
    # What has ended is apart from what stands.
    assert (len(before), len(before - after), len(after - before)) == (3, 1, 2)
    rows = rows_now()
    assert (len(rows), sum(row["valid_to"] is not None for row in rows)) == (61, 1)
    assert at_cut(rows, T0) == spelled(state)
    assert at_cut(rows, T0 + DAY) == spelled({**state, "image-7": 2.0})


def test_files_in_which_all_versions_have_ended_are_not_read(kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the history: what stands is in the files of the last days."""
    for number in range(4):
        kept({"a": float(number), "b": float(number)})
    read, rows = set[str](), versioning._rows
    monkeypatch.setattr(versioning, "_rows", lambda table, task: (read.add(task.file.file_path), rows(table, task))[1])
    kept({"a": 9.0, "b": 9.0})
    files = {task.file.file_path for task in table_now(VERSIONS_NAME).scan().plan_files()}
    assert len(files & read) == 0 < len(read) < len(files)
    assert [at_cut(rows_now(), T0 + number * DAY)["a"] for number in range(5)] == ["0.0", "1.0", "2.0", "3.0", "9.0"]


def test_a_key_that_is_there_twice_is_refused(kept, tmp_path: Path) -> None:
    """Of two rows nobody knows which counts: exit 10, and nothing changes."""
    kept({"a": 1.0})
    place = table_now(VERSIONS_NAME).metadata_location
    rows = pa.concat_tables([as_rows({"a": 1.0, "b": 1.0})] * 2)
    write_dataset(tmp_path / "twice", STATE_SCHEMA, rows.to_batches())
    with pytest.raises(ContractError, match=r"image_id '[ab]' stands more than once in the rows"):
        State(T0, T0 + DAY, {}).load(tmp_path / "twice")
    assert table_now(VERSIONS_NAME).metadata_location == place


def test_a_row_that_does_not_fit_is_not_taken_for_gone(kept, tmp_path: Path) -> None:
    """Its version stays as it is, and the receipt counts it."""
    definition = parse_definition({**VERSIONS, "columns": ["image_id string!", "score int", *VERSIONS["columns"][2:]]})
    definition = replace(definition, name="moderation.whole_versions")
    migrate([definition])
    schema = pa.schema({"image_id": pa.string(), "score": pa.int64()})
    for number, scores in enumerate(({"a": 1, "b": 1}, {"a": 1 << 40})):
        rows = pa.Table.from_pylist([{"image_id": name, "score": each} for name, each in scores.items()], schema)
        write_dataset(tmp_path / f"fit-{number}", schema, rows.to_batches())
        one = State(EPOCH if number == 0 else T0, T0 + number * DAY, {})
        found = load_versions(Load(definition, one.receipt, RULES), tmp_path / f"fit-{number}").receipt
    table = table_now(definition.name).scan().to_arrow().to_pylist()
    assert at_cut(table, T0 + DAY) == {"a": "1"}
    assert "reject" in found.unfit


def test_the_step_says_what_it_did(kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Figures for people and for the record; repeated, that it was done; rows that do not fit are handed on."""
    kept({"a": 1.0, "b": 2.0, "c": 3.0})
    one = State(T0, T0 + DAY, {"a": 1.0, "b": 3.0, "d": 4.0})
    outputs = {name: tmp_path / name for name in ("snapshot_id", "rejected", "receipt", "summary")}
    identity = {"table": VERSIONS, "pipeline": PIPELINE, "version": "1", "run_key": one.receipt.run_key}
    instants = {"as_of": one.end, "interval_start": one.start, "interval_end": one.end}
    rows = one.write(tmp_path / "rows")
    for already in (False, True):
        versions.main(rows=rows, key=["image_id"], compare=["score"], **identity, **instants, **outputs)
        said = read_summary(outputs["summary"])
        counts = {"new": 1, "changed": 1, "gone": 1, "returned": 0, "unchanged": 1, "added": 3}
        assert (said.rows_in, said.rows_out, said.rows_rejected) == (3, 3, 0)
        assert said.details == {**said.details, **counts, "already_done": already}
        assert read_manifest(outputs["rejected"]).rows == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "1 new, 1 changed, 1 gone, 0 returned, 1 unchanged; 3 versions committed" in first
    assert "already holds this state" in second


@pytest.mark.parametrize("said", [{"interval_column": "valid_from"}, {"unfit": {"known_at": "clamp"}}])
def test_a_definition_that_says_more_of_versions_commits_nothing(kept, tmp_path: Path, said: dict[str, object]) -> None:
    """It is refused before: a step that had committed would fail at each repetition."""
    kept({"a": 1.0})
    place, one = table_now(VERSIONS_NAME).metadata_location, State(T0, T0 + DAY, {"a": 2.0})
    outputs = {name: tmp_path / name for name in ("snapshot_id", "rejected", "receipt", "summary")}
    identity = {"table": {**VERSIONS, **said}, "pipeline": PIPELINE, "version": "1", "run_key": one.receipt.run_key}
    instants = {"as_of": one.end, "interval_start": one.start, "interval_end": one.end}
    rows = one.write(tmp_path / "rows")
    with pytest.raises(ConfigurationError, match="definition of table"):
        versions.main(rows=rows, key=["image_id"], compare=["score"], **identity, **instants, **outputs)
    assert table_now(VERSIONS_NAME).metadata_location == place


def test_the_past_cannot_be_known_afterwards() -> None:
    """An instant too long ago is refused, unless its run has committed; of dated states the mode may say otherwise."""
    identity, now = (PIPELINE, VERSIONS_NAME, "1"), T0 + 2 * DAY
    with pytest.raises(ConfigurationError, match=r"more than 36 hours ago.*cannot be known afterwards") as refused:
        plan(T0, now, timedelta(hours=36), identity, ())
    assert refused.value.exit_code == 11
    assert plan(T0, now, 3 * DAY, identity, ()).why == "first"
    done = replace(State(EPOCH, T0, {}).receipt, snapshot_id=1)
    assert plan(T0, now, timedelta(hours=36), identity, [done]).why == "repeated"


def test_a_first_version_begins_as_early_as_the_key_says() -> None:
    """Later ones, and those of a key that says nothing or what is yet to come, begin when they were first seen."""
    schema = pa.schema({"image_id": pa.string(), "score": pa.float64(), "made_at": INSTANT})
    held = pa.schema([*schema, *HELD][:3] + [field for field in HELD if field.name not in schema.names])
    made = {"old": T0 - DAY, "new": T0 + DAY, "unknown": None}
    state = pa.Table.from_pylist([{"image_id": name, "score": 1.0, "made_at": at} for name, at in made.items()], schema)
    rules = replace(RULES, since="made_at")
    first = difference(state, held.empty_table(), NONE, rules, T0).added
    begun = dict(zip(first["image_id"].to_pylist(), first["valid_from"].to_pylist(), strict=True))
    assert begun == {"old": T0 - DAY, "new": T0, "unknown": T0}
    other = state.set_column(1, "score", pa.array([2.0, 2.0, 2.0]))
    assert set(difference(other, first, NONE, rules, T0 + DAY).added["valid_from"].to_pylist()) == {T0 + DAY}
