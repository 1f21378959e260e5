"""Manifests stay few however often files are replaced; pyiceberg's own would keep one more for each commit."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pyiceberg.manifest import DataFile, ManifestEntryStatus
from pyiceberg.table import Table

from components.begin_run.migrate import migrate
from components.iceberg import commits, overwrite
from components.iceberg.conform import conform, target_schema
from components.iceberg.planning import files_of
from components.iceberg.staging import Staging
from tests.components.load_iceberg.scene import DAY, DEFINITION, SCHEMA, T0, job, table_now, violations

COMMITS, LEAST = 12, "5"
pytestmark = pytest.mark.usefixtures("catalog_env")


def commit(number: int, start: datetime, old: list[DataFile]) -> None:
    """Bring three rows of one day in place of these files."""
    table, made = table_now(), job(start, start + DAY / 4, 3, version=str(number))
    batch = conform(made.table.to_batches()[0], target_schema(table.schema(), SCHEMA))
    with Staging(table, made.receipt.run_key) as staging:
        files = staging.write([batch])
    commits.replace_files(table, made.receipt, old, files)


def files(table: Table) -> list[DataFile]:
    """What the table is made of."""
    return [task.file for task in files_of(table)]


def manifests(table: Table) -> int:
    """How many there are to be opened by a plan."""
    return len(table.current_snapshot().manifests(table.io))


def pyicebergs(_table: Table, transaction: Any, properties: Any) -> Any:
    """The writer of snapshots that is replaced."""
    return transaction.update_snapshot(snapshot_properties=properties).overwrite()


@pytest.mark.parametrize(("writer", "expected"), [(None, 2), (pyicebergs, COMMITS)])
def test_replaced_files_leave_no_manifest(
    writer: Callable[..., Any] | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of what is there and one of what the last commit has removed; of all commits, were it not for ours."""
    migrate([DEFINITION])
    if writer:
        monkeypatch.setattr(overwrite, "overwrite", writer)
    for number in range(COMMITS):
        commit(number, T0, files(table_now()))
    assert manifests(table_now()) == expected
    assert violations(job(T0, T0 + DAY / 4, 3, version=str(COMMITS - 1)).rows) == []


def test_many_manifests_become_one() -> None:
    """Files of many days, each from a commit of its own; one of a merged manifest can still be replaced."""
    migrate([DEFINITION])
    with table_now().transaction() as transaction:
        transaction.set_properties({"commit.manifest.min-count-to-merge": LEAST})
    counted = []
    for number in range(COMMITS):
        commit(number, T0 + number * DAY, [])
        counted.append(manifests(table_now()))
    assert max(counted) < int(LEAST)
    first = min(files(table_now()), key=lambda file: file.partition[0])
    commit(COMMITS, T0, [first])
    rows = [row for number in range(1, COMMITS) for row in _rows(number, T0 + number * DAY)]
    assert violations([*rows, *_rows(COMMITS, T0)]) == []
    removed = [
        entry.data_file.file_path
        for one in table_now().current_snapshot().manifests(table_now().io)
        for entry in one.fetch_manifest_entry(table_now().io, discard_deleted=False)
        if entry.status == ManifestEntryStatus.DELETED
    ]
    assert removed == [first.file_path]


def _rows(number: int, start: datetime) -> Any:
    return job(start, start + DAY / 4, 3, version=str(number)).rows
