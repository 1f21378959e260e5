"""What one load does, alone."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions.parser import parse

from components.begin_run.migrate import migrate
from components.iceberg import commits, staging
from components.iceberg.receipts import carried
from components.iceberg.tables import parse_definition
from components.load_iceberg.load import load
from components.maintain_tables.orphans import orphans
from components.maintain_tables.references import Folders
from components.shell.datasets import MANIFEST, write_dataset
from components.shell.errors import ConfigurationError, ContractError, SupersededError, TransientError
from tests.components.load_iceberg.scene import (
    DAY,
    DEFINITION,
    EPOCH,
    PIPELINE,
    SCHEMA,
    T0,
    TABLE,
    Job,
    job,
    properties,
    rows_of,
    table_now,
    violations,
)


@pytest.fixture(autouse=True)
def migrated(catalog_env):
    """The table, fresh and empty."""
    migrate([DEFINITION])


def objects(store):
    """Names of all data files in the store, committed or not."""
    names = (item.object_name for item in store.client.list_objects(store.bucket, recursive=True))
    return {name for name in names if name.endswith(".parquet")}


def test_rows_and_receipt_arrive_in_one_snapshot(tmp_path, monkeypatch):
    """The first load makes one snapshot, whose summary says what it holds."""
    first = job(EPOCH, T0)
    outcome = first.load(first.write(tmp_path / "rows"))
    table = table_now()
    assert violations(first.rows) == []
    assert [snapshot.snapshot_id for snapshot in table.snapshots()] == [outcome.receipt.snapshot_id]
    assert properties(outcome) == {
        "stockpot.run-key": first.receipt.run_key,
        "stockpot.pipeline": "moderation-training",
        "stockpot.interval-start": "1970-01-01T00:00:00Z",
        "stockpot.interval-end": "2026-03-01T12:00:00Z",
        "stockpot.as-of": "2026-03-02T12:00:00Z",
        "stockpot.rows": "6",
        "stockpot.definition-version": "1",
    }


def test_a_repeated_load_changes_nothing(tmp_path, object_store):
    """The second load of a key finds the first one's snapshot, leaves it alone and stores nothing."""
    first = job(EPOCH, T0)
    rows = first.write(tmp_path / "rows")
    before = first.load(rows)
    stored = objects(object_store)
    again = first.load(rows)
    assert (again.already, again.receipt.snapshot_id) == (True, before.receipt.snapshot_id)
    assert again.summary == before.summary
    assert objects(object_store) == stored
    assert len(table_now().snapshots()) == 1


def test_neighbours_that_share_a_day_stay_apart(tmp_path):
    """An interval that begins at noon leaves the morning of its first day alone."""
    jobs = [job(EPOCH, T0), job(T0, T0 + DAY), job(T0 + DAY, T0 + 2 * DAY)]
    for number, each in enumerate(jobs):
        each.load(each.write(tmp_path / str(number)))
    assert violations(row for each in jobs for row in each.rows) == []


def test_an_empty_result_commits_its_receipt(tmp_path):
    """No rows are an answer too: the interval is done, and a repeat says so."""
    none = job(EPOCH, T0, count=0)
    rows = none.write(tmp_path / "rows")
    assert not none.load(rows).already
    assert none.load(rows).already
    assert violations([]) == []


def test_an_empty_result_clears_its_interval(tmp_path):
    """A newer definition that finds no rows removes those of the older one, and only those."""
    kept, old, new = job(EPOCH, T0), job(T0, T0 + DAY), job(T0, T0 + DAY, count=0, version="2")
    for number, each in enumerate((kept, old, new)):
        each.load(each.write(tmp_path / str(number)))
    assert violations(kept.rows) == []


def test_a_newer_definition_replaces_an_older_interval(tmp_path):
    """A committed interval may be written again under a newer version, even when later intervals are there."""
    first, second, better = job(EPOCH, T0, version="9"), job(T0, T0 + DAY, version="9"), job(EPOCH, T0, version="10")
    for number, each in enumerate((first, second, better)):
        each.load(each.write(tmp_path / str(number)))
    assert violations([*better.rows, *second.rows]) == []


def test_an_older_definition_does_not_come_back(tmp_path):
    """A run of version 1 that wakes after version 2 has rewritten its interval is refused."""
    old, new = job(EPOCH, T0), job(EPOCH, T0, version="2")
    new.load(new.write(tmp_path / "new"))
    with pytest.raises(SupersededError, match="version 2"):
        old.load(old.write(tmp_path / "old"))
    assert violations(new.rows) == []


def test_a_gap_is_refused(tmp_path):
    """A load that would leave time between itself and the last committed interval does not happen."""
    first, far = job(EPOCH, T0), job(T0 + DAY, T0 + 2 * DAY)
    first.load(first.write(tmp_path / "first"))
    with pytest.raises(SupersededError, match="gap"):
        far.load(far.write(tmp_path / "far"))


def test_files_that_span_intervals_keep_their_other_rows(tmp_path):
    """After a compaction across intervals, rewriting one interval leaves the rows of the others in place."""
    jobs = [job(EPOCH, T0), job(T0, T0 + DAY), job(T0 + DAY, T0 + 2 * DAY)]
    for number, each in enumerate(jobs):
        each.load(each.write(tmp_path / str(number)))
    table = table_now()
    everything = table.scan().to_arrow()
    table.overwrite(everything)
    better = job(T0, T0 + DAY, version="2")
    better.load(better.write(tmp_path / "better"))
    assert violations([*jobs[0].rows, *better.rows, *jobs[2].rows]) == []


def test_a_receipt_is_found_below_the_snapshots_of_others(tmp_path):
    """A compaction on top of the receipt does not make the load forget it."""
    first = job(EPOCH, T0)
    rows = first.write(tmp_path / "rows")
    first.load(rows)
    table = table_now()
    table.overwrite(table.scan().to_arrow())
    assert first.load(rows).already


def test_the_receipt_outlives_its_snapshot(tmp_path):
    """When the receipt's snapshot has expired, the table's properties still tell that the interval is done."""
    first = job(EPOCH, T0)
    rows = first.write(tmp_path / "rows")
    outcome = first.load(rows)
    table = table_now()
    table.overwrite(table.scan().to_arrow())
    table = table_now()
    table.maintenance.expire_snapshots().by_id(outcome.receipt.snapshot_id).commit()
    assert first.load(rows).already
    late = job(EPOCH, T0 - DAY)
    with pytest.raises(SupersededError):
        late.load(late.write(tmp_path / "late"))


def test_a_backfill_leaves_the_furthest_receipt(tmp_path):
    """Whatever steps have said of its load: once snapshots have expired, it alone says how far the table is filled."""
    first, second = job(EPOCH, T0), job(T0, T0 + DAY)
    for number, one in enumerate((first, second)):
        said = replace(one.receipt, details='{"extract-postgres": {"tables": 3}}')
        load(DEFINITION, said, one.write(tmp_path / f"rows-{number}"))
    again = replace(first.receipt, run_key="again", generation=2, as_of=T0 + 9 * DAY)
    load(DEFINITION, again, tmp_path / "rows-0")
    kept = carried(table_now(), PIPELINE)
    assert kept is not None
    assert (kept.interval_end, kept.run_key) == (second.end, second.receipt.run_key)


def test_a_table_that_was_rolled_back_is_filled_again(tmp_path):
    """The carried receipt does not claim rows that a rollback has taken away."""
    first, second = job(EPOCH, T0), job(T0, T0 + DAY)
    before = first.load(first.write(tmp_path / "first"))
    second.load(second.write(tmp_path / "second"))
    table_now().manage_snapshots().rollback_to_snapshot(before.receipt.snapshot_id).commit()
    assert not second.load(tmp_path / "second").already
    assert violations([*first.rows, *second.rows]) == []


def test_rows_in_any_order_arrive(tmp_path, monkeypatch):
    """Rows that jump between partitions, flushed often, are all there and each file holds one partition."""
    monkeypatch.setattr(staging, "_WAITING_BYTES", 20_000)
    monkeypatch.setattr("components.load_iceberg.conform._BATCH_ROWS", 100)
    rows = tuple((f"i{n}", T0 + timedelta(hours=n * 37 % 400), n % 3, None) for n in range(2000))
    mixed = Job(EPOCH, T0 + 30 * DAY, rows)
    mixed.load(mixed.write(tmp_path / "rows"))
    assert violations(rows) == []
    sizes = [task.file.record_count for task in table_now().scan().plan_files()]
    assert sum(sizes) == 2000
    assert len(sizes) < 200


@pytest.mark.parametrize(
    "partition", [{}, {"image_id": "bucket[4]"}, {"uploaded_at": "month", "image_id": "truncate[1]"}]
)
def test_other_partitionings_work(tmp_path, partition):
    """The writer serves any partition spec that a definition can name."""
    definition = parse_definition({**TABLE, "name": "moderation.other", "partition": partition})
    migrate([definition])
    first, better = job(EPOCH, T0, count=40), job(EPOCH, T0, count=30, version="2")
    for number, each in enumerate((first, better)):
        load(definition, each.receipt, each.write(tmp_path / str(number)))
    assert violations(better.rows, name="moderation.other") == []


@pytest.mark.parametrize("instant", [EPOCH, datetime(9999, 12, 29, 23, 59, 59, 999999, tzinfo=UTC)])
def test_the_ends_of_time_are_ordinary(tmp_path, instant):
    """Rows of the year 9999 and of the very first instant are loaded like others."""
    rare = Job(EPOCH, datetime(9999, 12, 30, tzinfo=UTC), (("a", instant, 0, float("inf")),))
    rare.load(rare.write(tmp_path / "rows"))
    assert violations(rare.rows) == []


@pytest.mark.parametrize("stray", [T0, T0 + DAY, datetime(9999, 12, 31, tzinfo=UTC)])
def test_a_row_outside_the_interval_is_refused(tmp_path, stray, object_store):
    """The interval's end is outside it; one stray row stops the load, and nothing it stored stays."""
    wrong = replace(job(EPOCH, T0), rows=(*job(EPOCH, T0).rows, ("stray", stray, 0, 1.0)))
    with pytest.raises(ContractError, match=r"outside .* in 1 row, in one it is"):
        wrong.load(wrong.write(tmp_path / "rows"))
    assert violations([]) == []
    assert objects(object_store) == set()


def test_the_start_belongs_to_the_interval(tmp_path):
    """A row at the very start of the interval is loaded, and one just before it is refused."""
    at = Job(T0, T0 + DAY, (("at", T0, 0, 1.0),))
    before = Job(T0, T0 + DAY, (("before", T0 - timedelta(microseconds=1), 0, 1.0),))
    with pytest.raises(ContractError):
        before.load(before.write(tmp_path / "before"))
    at.load(at.write(tmp_path / "at"))
    assert violations(at.rows) == []


BROKEN = {
    "null": (lambda table: table.set_column(0, "image_id", pa.nulls(6, pa.string())), "'image_id' is null in 6 rows"),
    "missing": (lambda table: table.drop_columns(["score"]), "lack column 'score'"),
    "unknown": (lambda table: table.append_column("sort", table["score"]), "'sort' that the table has not"),
    "type": (
        lambda table: table.set_column(3, "score", pa.array(["x"] * 6)),
        "'score' is string in the rows and double",
    ),
    "zone": (
        lambda table: table.set_column(1, "uploaded_at", table["uploaded_at"].cast(pa.timestamp("us"))),
        "'uploaded_at' is timestamp",
    ),
}


@pytest.mark.parametrize(("change", "message"), BROKEN.values(), ids=BROKEN)
def test_rows_that_do_not_fit_are_refused(tmp_path, change, message):
    """Each way in which rows can differ from the table has one clear line, and nothing is changed."""
    first = job(EPOCH, T0)
    table = change(first.table)
    write_dataset(tmp_path / "rows", table.schema, table.to_batches())
    with pytest.raises(ContractError, match=message):
        first.load(tmp_path / "rows")
    assert table_now().snapshots() == []


def test_other_spellings_of_a_type_are_welcome(tmp_path):
    """Large strings, dictionaries, wide integers and other time units are the same values."""
    first = job(EPOCH, T0)
    table = first.table
    table = table.set_column(0, "image_id", table["image_id"].cast(pa.large_string()).dictionary_encode())
    table = table.set_column(1, "uploaded_at", table["uploaded_at"].cast(pa.timestamp("ns", "Europe/Vienna")))
    table = table.set_column(2, "decision_point_minutes", table["decision_point_minutes"].cast(pa.int64()))
    write_dataset(tmp_path / "rows", table.schema, table.to_batches())
    first.load(tmp_path / "rows")
    assert violations(first.rows) == []


def test_rows_without_a_manifest_are_refused(tmp_path):
    """A dataset whose writer did not finish is not loaded."""
    first = job(EPOCH, T0)
    rows = first.write(tmp_path / "rows")
    (rows / MANIFEST).unlink()
    with pytest.raises(ContractError, match="did not finish"):
        first.load(rows)


def test_a_damaged_file_is_refused(tmp_path):
    """A file of the right size with the wrong content gives one clear line."""
    first = job(EPOCH, T0)
    part = first.write(tmp_path / "rows") / "part-00000.parquet"
    part.write_bytes(bytes(part.stat().st_size))
    with pytest.raises(ContractError, match="cannot be read"):
        first.load(tmp_path / "rows")


def test_a_table_that_differs_is_refused(tmp_path):
    """Schema, partition spec and the property that forbids blind retries are compared before anything is written."""
    first = job(EPOCH, T0)
    rows = first.write(tmp_path / "rows")
    other = parse_definition({**TABLE, "columns": [*TABLE["columns"], "note string"]})
    with pytest.raises(
        ConfigurationError, match="column 'note' is in the definition and not in the table - start a new run"
    ):
        load(other, first.receipt, rows)
    with pytest.raises(ConfigurationError, match=r"partitioned by day\(uploaded_at\), the definition says nothing"):
        load(parse_definition({**TABLE, "partition": {}}), first.receipt, rows)
    with pytest.raises(ConfigurationError, match=r"moderation\.none does not exist"):
        load(replace(DEFINITION, name="moderation.none"), first.receipt, rows)
    with table_now().transaction() as transaction:
        transaction.set_properties({"commit.retry.num-retries": "4"})
    with pytest.raises(ConfigurationError, match="may land twice"):
        first.load(rows)


def test_files_say_what_iceberg_needs(tmp_path):
    """Data files carry field ids and zstd; their bounds in the manifest let a reader skip them."""
    first = job(EPOCH, T0)
    first.load(first.write(tmp_path / "rows"))
    table = table_now()
    task = next(iter(table.scan().plan_files()))
    with table.io.new_input(task.file.file_path).open() as file:
        parquet = pq.ParquetFile(file)
        ids = [int(field.metadata[b"PARQUET:field_id"]) for field in parquet.schema_arrow]
        assert ids == [1, 2, 3, 4]
        assert parquet.metadata.row_group(0).column(0).compression == "ZSTD"
    early = table.scan(row_filter=parse(f"uploaded_at < '{(T0 - 5 * DAY).isoformat()}'"))
    assert list(early.plan_files()) == []
    assert rows_of(table).total() == 6
    assert SCHEMA.names == table.schema().column_names


@pytest.mark.parametrize(
    ("error", "ends"),
    [(CommitFailedException("another was faster"), nullcontext()), (OSError("cut"), pytest.raises(TransientError))],
)
def test_who_fails_at_the_last_moment_leaves_no_file(tmp_path, monkeypatch, error, ends):
    """What it wrote anew of its neighbours' rows goes when others were faster or the store fails."""
    whole = job(EPOCH, T0)
    whole.load(whole.write(tmp_path / "whole"))
    commit, tries = commits.replace_files, []

    def failing(*given):
        tries.append(given)
        if len(tries) == 1:
            raise error
        return commit(*given)

    monkeypatch.setattr(commits, "replace_files", failing)
    part = job(T0 - DAY, T0, 2, mark="again")
    receipt = replace(part.receipt, generation=2, as_of=T0 + 2 * DAY)
    rows = part.write(tmp_path / "part")
    with ends:
        load(DEFINITION, receipt, rows)
    load(DEFINITION, receipt, rows)
    kept = [row for row in whole.rows if row[1] < T0 - DAY]
    assert kept
    assert violations([*kept, *part.rows]) == []
    assert len(tries) == 2
    assert orphans(Folders(), table_now(), datetime.now(UTC) + DAY) == []
