"""Small files joined: no row changes, receipts stay, and writers lose nothing, whenever either dies or comes second."""

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from components.begin_run.migrate import migrate
from components.iceberg.catalog import open_catalog
from components.iceberg.receipts import receipts
from components.maintain_tables import rewrite
from components.maintain_tables.compact import compact, main
from components.maintain_tables.groups import groups
from components.shell.errors import ConfigurationError, TransientError
from components.shell.instants import format_instant
from stockpot.local import tables
from tests.components.load_iceberg.scene import (
    DAY,
    DEFINITION,
    EPOCH,
    NAME,
    PIPELINE,
    T0,
    Job,
    job,
    table_now,
    violations,
)
from tests.components.load_iceberg.test_kills import kill_everywhere, template  # noqa: F401 - a fixture

HOUR = timedelta(hours=1)
BIG = 64 << 20


def hourly(hours: range) -> list[Job]:
    """Loads of an hour each, after one of all that was before, so that days have many files."""
    first = T0 + hours.start * HOUR
    return [job(EPOCH, first)] + [job(T0 + n * HOUR, T0 + (n + 1) * HOUR, 3) for n in hours]


@pytest.fixture
def loaded(catalog_env: dict[str, str], tmp_path: Path) -> list[Job]:
    """A table with eight hours of two days in it, each in files of its own."""
    migrate([DEFINITION])
    jobs = hourly(range(8, 16))
    for each in jobs:
        each.load(each.write(tmp_path / each.receipt.run_key))
    return jobs


def _expected(jobs: list[Job]) -> list:
    return [row for each in jobs for row in each.rows]


def _not_streamed(*_args: object) -> None:
    pytest.fail("a file of our own was left to pyiceberg's reader, which holds it whole")


def test_small_files_are_joined(loaded: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each partition has one file then, the same rows and receipts, and a second time nothing is left to do.

    What loads and compactions write is streamed.
    """
    monkeypatch.setattr("components.iceberg.foreign.batches", _not_streamed)
    before = receipts(table_now(), PIPELINE)
    figures = compact(open_catalog(), table_now(), BIG)
    assert figures["files_before"] == 9
    assert figures["files_after"] == figures["partitions"] == 2
    assert violations(_expected(loaded)) == []
    assert sum(batch.num_rows for batch in tables.batches(NAME)) == len(_expected(loaded))
    assert receipts(table_now(), PIPELINE) == before
    snapshots = len(table_now().snapshots())
    assert compact(open_catalog(), table_now(), BIG) == {"partitions": 0, "files_before": 0, "files_after": 0}
    assert len(table_now().snapshots()) == snapshots


def test_files_end_at_the_target_size(loaded: list[Job]) -> None:
    """A file ends with the row group in which it reaches the target, and files of that size are left alone."""
    assert groups(table_now(), 1) == []
    sizes = [task.file.file_size_in_bytes for task in table_now().scan().plan_files()]
    compact(open_catalog(), table_now(), 2 * max(sizes))
    assert violations(_expected(loaded)) == []
    assert groups(table_now(), 2 * max(sizes)) == []


@pytest.mark.turns
def test_loads_go_on_after_a_compaction(loaded: list[Job], tmp_path: Path) -> None:
    """A twin finds its work done, a newer definition replaces its interval alone, and the next interval is added."""
    compact(open_catalog(), table_now(), BIG)
    assert loaded[5].load(tmp_path / loaded[5].receipt.run_key).already
    jobs = [*loaded[:-1], *(job(T0 + n * HOUR, T0 + (n + 1) * HOUR, 3, "2") for n in (15, 16))]
    for each in jobs[-2:]:
        each.load(each.write(tmp_path / each.receipt.run_key))
    compact(open_catalog(), table_now(), BIG)
    assert violations(_expected(jobs)) == []


@pytest.mark.turns
def test_writers_and_compactions_at_once(loaded: list[Job], tmp_path: Path) -> None:
    """While two compactions go round and round, loads of old and new hours end as if they were alone."""
    jobs = [job(T0 + n * HOUR, T0 + (n + 1) * HOUR, 3, "2") for n in range(15, 22)]
    over, failures = threading.Event(), []

    def compacting() -> None:
        while not over.is_set():
            try:
                compact(open_catalog(), table_now(), BIG)
            except TransientError:
                continue
            except Exception as error:  # noqa: BLE001 - told below
                failures.append(error)

    others = [threading.Thread(target=compacting) for _ in range(2)]
    for other in others:
        other.start()
    for each in jobs:
        rows = each.write(tmp_path / each.receipt.run_key)
        while True:
            try:
                each.load(rows)
            except TransientError:
                continue  # as an engine would
            break
    over.set()
    for other in others:
        other.join()
    assert failures == []
    assert violations(_expected([*loaded[:-1], *jobs])) == []
    assert any("stockpot.compaction" in one.summary.additional_properties for one in table_now().snapshots())


def _compact(job: Job, _rows: Path) -> None:
    compact(open_catalog(), table_now(job.name), BIG)


def _compact_naively(job: Job, _rows: Path) -> None:
    """Read all, delete all, append all, in two commits."""
    table = table_now(job.name)
    rows = table.scan().to_arrow()
    table.delete()
    table.append(rows)


@pytest.mark.turns
def test_a_kill_at_any_call_costs_nothing(template, catalog_env, tmp_path) -> None:  # noqa: F811 - pytest's way to a fixture of another module
    """Whatever call a compaction dies at, one more leaves each row once and every snapshot readable."""
    names, wrong = kill_everywhere(_compact, job(T0, T0 + DAY), tmp_path / "rows", template, environ=catalog_env)
    assert wrong == {}
    assert {"open", "create", "close", "change", "do_commit"} <= set(names)


def test_a_naive_compaction_loses_rows_when_killed(template, catalog_env, tmp_path) -> None:  # noqa: F811 - pytest's way to a fixture of another module
    """Deleting and appending, killed in between and run again, has lost the rows: the harness can tell."""
    work, rows = job(T0, T0 + DAY), tmp_path / "rows"
    _, wrong = kill_everywhere(_compact_naively, work, rows, template, environ=catalog_env, only={"do_commit"})
    assert any("missing" in line for lines in wrong.values() for line in lines)


def _asked(tmp_path: Path, **other: object) -> dict[str, Any]:
    values = {"as_of": format_instant(T0), "tables": [], "target_mib": 64, "dry_run": False}
    return {**values, "summary": tmp_path / "summary.json", **other}


def test_a_dry_run_changes_nothing(loaded: list[Job], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what would be joined, of all tables of the catalog."""
    before = table_now().metadata_location
    main(**_asked(tmp_path, dry_run=True))
    assert table_now().metadata_location == before
    assert f"{NAME}: 9 small files in 2 partitions would be joined" in capsys.readouterr().out
    found = json.loads((tmp_path / "summary.json").read_bytes())
    assert found["details"]["tables"] == {NAME: {"partitions": 2, "files_before": 9}}


@pytest.mark.parametrize("wrong", [{"target_mib": 0}, {"as_of": format_instant(T0.replace(year=2999))}])
def test_wrong_parameters_are_refused(catalog_env: dict[str, str], tmp_path: Path, wrong: dict[str, object]) -> None:
    """A size of nothing and an instant that has not come end with 11."""
    with pytest.raises(ConfigurationError):
        main(**_asked(tmp_path, **wrong))


@pytest.mark.turns
def test_a_writer_that_replaces_files_meanwhile_wins(
    loaded: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a load replaces an hour while its day is being joined, the load stays and the day is left as it is."""
    last = job(T0 + 15 * HOUR, T0 + 16 * HOUR, 5, "2")
    original = rewrite.Rewriting.files
    done: list[bool] = []

    def slowly(self, group):
        found = original(self, group)
        if not done:
            done.append(last.load(last.write(tmp_path / "last")).already)
        return found

    monkeypatch.setattr(rewrite.Rewriting, "files", slowly)
    compact(open_catalog(), table_now(), BIG)
    assert done == [False]
    assert violations(_expected([*loaded[:-1], last])) == []
