"""What a load does before its interval: rows that facts which became known late bring up to date."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.table import DataScan

from components.begin_run.migrate import migrate
from components.iceberg.commits import Outcome
from components.iceberg.lateness import look_back, waiting
from components.iceberg.receipts import late, presumed, receipts
from components.iceberg.scan import Scan, Selection
from components.iceberg.tables import parse_definition
from components.load_iceberg.load import load, rejected
from components.load_iceberg.renewing import Touched, read_touched
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError, ContractError
from tests.components.load_iceberg.scene import (
    DAY,
    EPOCH,
    PIPELINE,
    SCHEMA,
    T0,
    TABLE,
    Job,
    Row,
    rows_of,
    table_now,
    violations,
)
from tests.harness.odd.making import put, with_ids

# The score stands for a label; a second column for what a decision saw.
LATE = {"key": ["image_id", "decision_point_minutes"], "columns": ["score"]}
DEFINITION = parse_definition(TABLE | {"late": LATE})
TOUCHED = pa.schema([("image_id", pa.string()), ("uploaded_at", pa.timestamp("us", "UTC")), ("reopened", pa.bool_())])
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def migrated(catalog_env):
    """The table, fresh and empty."""
    migrate([DEFINITION])


class Loads:
    """Loads one after another, each with the instants before its interval that are touched."""

    def __init__(self, directory: Path) -> None:
        """Keep datasets in `directory`."""
        self.directory, self.number = directory, 0

    def touched(self, at: dict[datetime, bool]) -> Path:
        """The dataset of touched images: the instant of each, and whether it is reopened."""
        rows = [{"image_id": "i", "uploaded_at": instant, "reopened": reopened} for instant, reopened in at.items()]
        directory = self.directory / f"touched-{self.number}"
        write_dataset(directory, TOUCHED, pa.Table.from_pylist(rows, schema=TOUCHED).to_batches())
        return directory

    def __call__(self, job: Job, at: dict[datetime, bool] | None = None, seen: str | None = None) -> Outcome:
        """Load the job's rows, those before its interval included."""
        self.number += 1
        table = table_now()
        committed = receipts(table, PIPELINE) + presumed(table, PIPELINE)
        newest = look_back(committed, job.receipt, EPOCH).seen if seen is None else seen
        rows = job.write(self.directory / f"rows-{self.number}")
        return load(DEFINITION, job.receipt, rows, read_touched(self.touched(at or {}), newest))


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    """Loads that keep their datasets in a directory of the test."""
    return Loads(tmp_path)


def _row(name: str, at: datetime, score: float | None, point: int = 0) -> Row:
    return name, at, point, score


def _next(*rows: Row, days: int = 1, version: str = "1") -> Job:
    return Job(T0 + (days - 1) * DAY, T0 + days * DAY, rows, version)


MORNING, NOON = T0 - 5 * HOUR, T0 - HOUR
KEPT, CHANGED, GONE = _row("kept", MORNING, 1.0), _row("changed", MORNING + HOUR, 0.0), _row("gone", NOON, 0.0)


def test_rows_change_come_and_go_in_the_commit_of_the_interval(loads: Loads) -> None:
    """One snapshot brings the interval, a late image, another label, and takes out who is gone; its receipt says so."""
    loads(Job(EPOCH, T0, (KEPT, CHANGED, GONE)))
    late_row, due = _row("late", MORNING + 2 * HOUR, None), _row("due", T0 + HOUR, 0.5)
    at = {CHANGED[1]: True, late_row[1]: True, GONE[1]: True, T0 - 40 * DAY: False, T0 - 40 * DAY + HOUR: False}
    job = _next((*CHANGED[:3], 1.0), late_row, due)
    done = loads(job, at)
    expected = [KEPT, (*CHANGED[:3], 1.0), late_row, due]
    assert violations(expected) == []
    assert len(table_now().snapshots()) == 2
    assert done.receipt.rows == 1
    assert done.receipt.reopened == '[["2026-03-01T08:00:00Z", "2026-03-01T11:00:00.000001Z", 3]]'
    assert done.receipt.late == '[["2026-01-20T12:00:00Z", "2026-01-20T13:00:00.000001Z", 2]]'
    again = loads(job, at)
    assert (again.already, again.receipt.reopened, again.receipt.late) == (
        True,
        done.receipt.reopened,
        done.receipt.late,
    )
    assert violations(expected) == []


def test_what_is_not_changed_is_left_as_it_lies(loads: Loads) -> None:
    """A touched row that says the same afterwards costs no file and no word; the rest of its row is never renewed."""
    nan = _row("nan", NOON, float("nan"))
    loads(Job(EPOCH, T0, (KEPT, CHANGED, nan)))
    before = {task.file.file_path for task in table_now().scan().plan_files()}
    done = loads(_next(KEPT, CHANGED, nan), {KEPT[1]: True, CHANGED[1]: True, NOON: True})
    assert done.receipt.reopened == ""
    assert {task.file.file_path for task in table_now().scan().plan_files()} == before


def test_another_who_was_faster_is_not_written_over(loads: Loads) -> None:
    """A backfill that came between plan and commit keeps its rows: the next run looks at them."""
    loads(Job(EPOCH, T0, (KEPT, CHANGED)))
    seen = receipts(table_now(), PIPELINE)[0].run_key
    better = Job(T0 - DAY, T0, ((*CHANGED[:3], 0.25),))
    receipt = replace(better.receipt, run_key="b" * 32, generation=2)
    load(DEFINITION, receipt, better.write(loads.directory / "better"))
    due = _row("due", T0 + HOUR, 0.5)
    done = loads(_next((*CHANGED[:3], 1.0), due), {CHANGED[1]: True}, seen)
    assert done.receipt.reopened == ""
    assert violations([(*CHANGED[:3], 0.25), due]) == []


def test_a_row_before_the_interval_that_nothing_touches_is_refused(loads: Loads) -> None:
    """A step that makes rows nobody asked for is told so; nothing changes."""
    loads(Job(EPOCH, T0, (KEPT, CHANGED)))
    with pytest.raises(ContractError, match=r"before the interval in 1 row .* 2026-03-01T08:00:00Z"):
        loads(_next((*CHANGED[:3], 1.0)), {KEPT[1]: True})
    assert violations([KEPT, CHANGED]) == []


def test_a_row_that_does_not_fit_when_it_is_made_anew_stays_as_it_is(catalog_env, tmp_path: Path) -> None:
    """Its neighbour at the same instant changes, a row that never fitted comes as little as before; all are counted."""
    document = TABLE | {"columns": [*TABLE["columns"][:3], "score float", "label int"]}
    document |= {"name": "moderation.narrow", "late": {**LATE, "columns": ["label"]}}
    definition = parse_definition(document)
    migrate([definition])
    schema = SCHEMA.append(pa.field("label", pa.int64()))

    def made(job: Job, rows: list[tuple[object, ...]], at: dict[datetime, bool]) -> Outcome:
        number = len(table_now(definition.name).snapshots())
        table = pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)
        write_dataset(tmp_path / f"narrow-{number}", schema, table.to_batches())
        touched = read_touched(Loads(tmp_path / f"at-{number}").touched(at), planned_from) if at else None
        return load(definition, job.receipt, tmp_path / f"narrow-{number}", touched)

    first = Job(EPOCH, T0, ())
    planned_from = first.receipt.run_key
    made(first, [("odd", MORNING, 0, 1.0, 0), ("even", MORNING, 0, 1.0, 0)], {})
    again = [("odd", MORNING, 0, 1e39, 1), ("even", MORNING, 0, 2.0, 1), ("new", MORNING, 0, 1e39, 1)]
    done = made(_next(), [*again, ("due", T0 + HOUR, 0, 1.0, 0)], {MORNING: True})
    assert (done.receipt.rows, rejected(done.receipt)) == (1, 2)
    rows = table_now(definition.name).scan().to_arrow().to_pylist()
    found = {row["image_id"]: (row["score"], row["label"]) for row in rows}
    assert found == {"odd": (1.0, 0), "even": (1.0, 1), "due": (1.0, 0)}


def test_lists_and_structs_of_a_renewed_row_stay_as_they_are(catalog_env, tmp_path: Path) -> None:
    """A row of them changes, a null list stays null, one comes and one goes; none of that stops the load."""
    document = TABLE | {"columns": [*TABLE["columns"], "aspects list<struct<name string, n int>>", "at struct<x int>"]}
    definition = parse_definition(document | {"name": "moderation.nested", "late": LATE})
    migrate([definition])
    kinds = pa.list_(pa.struct([("name", pa.string()), ("n", pa.int32())])), pa.struct([("x", pa.int32())])
    schema = SCHEMA.append(pa.field("aspects", kinds[0])).append(pa.field("at", kinds[1]))

    def made(job: Job, rows: list[tuple[object, ...]], touched: Touched | None = None) -> Outcome:
        place = tmp_path / job.receipt.run_key
        table = pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)
        write_dataset(place, schema, table.to_batches())
        return load(definition, job.receipt, place, touched)

    first, some, due = Job(EPOCH, T0, ()), [{"name": "a", "n": None}, None], _row("due", T0 + HOUR, 0.5)
    made(first, [(*CHANGED, None, None), (*KEPT, some, {"x": 1}), (*GONE, [], None)])
    again, late_row = (*CHANGED[:3], 1.0), _row("late", NOON, None)
    at = Loads(tmp_path).touched({CHANGED[1]: True, KEPT[1]: True, GONE[1]: True})
    new = [(*again, [], {"x": 9}), (*KEPT, [], None), (*late_row, some, {"x": None}), (*due, None, None)]
    made(_next(), new, read_touched(at, first.receipt.run_key))
    found = {row.pop("image_id"): row for row in table_now(definition.name).scan().to_arrow().to_pylist()}
    assert set(found) == {"changed", "kept", "late", "due"}
    assert (found["changed"]["score"], found["changed"]["at"]) == (1.0, None)
    assert (found["kept"]["aspects"], found["kept"]["at"]) == (some, {"x": 1})
    assert (found["late"]["aspects"], found["late"]["at"]) == (some, {"x": None})
    assert _nulls(definition.name, "aspects") == 2


def _nulls(name: str, column: str) -> int:
    """Nulls of a column, as the table's files hold them: pyiceberg reads null lists of structs as empty ones."""
    table = table_now(name)
    batches = Scan(table, Selection((column,)), list(table.scan().plan_files()), table.schema()).batches()
    return sum(batch.column(column).null_count for batch in batches)


def test_files_of_others_are_read_by_the_tables_rules(loads: Loads) -> None:
    """Rows of a file with nanoseconds are renewed like those of any other."""
    loads(Job(EPOCH, T0, (KEPT, CHANGED)))
    table = table_now()
    schema = with_ids(table, uploaded_at=pa.timestamp("ns", "UTC"))
    foreign = _row("foreign", MORNING + 2 * HOUR, 0.0)
    rows = Job(EPOCH, T0, (foreign,)).table.cast(schema)
    put(table, rows, [(MORNING.date() - EPOCH.date()).days])
    changed = (*foreign[:3], 1.0)
    loads(_next(changed), {foreign[1]: True})
    assert violations([KEPT, CHANGED, changed]) == []


def test_rows_deleted_by_value_are_refused(loads: Loads, monkeypatch) -> None:
    """A table that cannot be read is named, with what to do; nothing changes."""
    loads(Job(EPOCH, T0, (KEPT, CHANGED)))
    planned = "PyIceberg does not yet support equality deletes: https://github.com/apache/iceberg/issues/6568"

    def refuse(_scan: object) -> None:
        raise ValueError(planned)

    job, at = _next((*CHANGED[:3], 1.0)), {CHANGED[1]: True}
    with monkeypatch.context() as patched:
        patched.setattr(DataScan, "plan_files", refuse)
        with pytest.raises(ConfigurationError, match="equality deletes"):
            loads(job, at)
    assert violations([KEPT, CHANGED]) == []


def test_what_waits_outlives_its_snapshot(loads: Loads) -> None:
    """The time that late facts wait for stays known when the receipt that named it expires, until it is filled anew."""
    loads(Job(EPOCH, T0, (KEPT,)))
    named = loads(_next(_row("due", T0 + HOUR, 0.5)), {MORNING: False}).receipt.snapshot_id
    loads(_next(days=2))
    waits = late(table_now(), PIPELINE, receipts(table_now(), PIPELINE))
    assert [(one.start, one.images) for one in waits] == [(MORNING, 1)]
    table_now().maintenance.expire_snapshots().by_id(named).commit()
    table = table_now()
    assert waiting(receipts(table, PIPELINE)) == []
    assert late(table, PIPELINE, receipts(table, PIPELINE)) == waits
    mend = Job(T0 - DAY, T0, ((*KEPT[:3], 2.0),))
    receipt = replace(mend.receipt, run_key="c" * 32, generation=2, as_of=T0 + 3 * DAY)
    load(DEFINITION, receipt, mend.write(loads.directory / "mend"))
    table = table_now()
    assert late(table, PIPELINE, receipts(table, PIPELINE)) == []
    assert (*KEPT[:3], 2.0) in rows_of(table)
