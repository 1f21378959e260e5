"""`python -m components.maintain_tables.sweep`: what was listed and is still not needed is removed."""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from components.iceberg import commits
from components.iceberg.catalog import open_catalog
from components.iceberg.naming import name_of
from components.iceberg.staging import SWEPT
from components.maintain_tables.orphans import remove, still_orphans
from components.maintain_tables.references import Folders
from components.maintain_tables.tables import Cared, each, raise_failures, require_writable
from components.shell import datasets, step
from components.shell.counts import counted
from components.shell.summary import Summary


def main(*, orphans: Path, compaction: Path, expiry: Path, finding: Path, dry_run: bool, summary: Path) -> None:
    """Remove the files that `find_orphans` listed and that still no snapshot names; report what all care left out.

    Raises:
        StepError: as in `raise_failures`.
    """
    listed = _listed(orphans)
    catalog = open_catalog()
    cared = Cared({}, {})
    if listed:
        folders = Folders()
        cared = each(catalog, sorted(listed), lambda table: _swept(catalog, folders, table, listed, dry_run=dry_run))
    for name, figures in cared.results.items():
        print(f"{name}: {counted(figures['files'], 'file')} {'to be removed' if dry_run else 'removed'}")
    rows = sum(len(files) for files in listed.values())
    details = {"dry_run": dry_run, **cared.details}
    removed = sum(one["files"] for one in cared.results.values())
    Summary(rows_in=rows, rows_out=removed, details=details).write(summary)
    cared.require_answers()
    raise_failures([compaction, expiry, finding, summary])


def _listed(orphans: Path) -> dict[str, list[Any]]:
    by_table: dict[str, list[Any]] = {}
    for path in datasets.files(orphans):
        for row in pq.read_table(path).to_pylist():
            by_table.setdefault(row["table"], []).append(row)
    return by_table


def _swept(
    catalog: SqlCatalog, folders: Folders, table: Table, listed: Mapping[str, Sequence[Any]], *, dry_run: bool
) -> dict[str, int]:
    name = name_of(table)
    rows = {row["path"]: row["bytes"] for row in listed[name]}
    require_writable(table)
    if not dry_run:
        announce(catalog, name)
    paths = still_orphans(folders, table, list(rows))
    if not dry_run:
        remove(table, paths)
    return {"files": len(paths), "bytes": sum(rows[path] for path in paths), "needed_again": len(rows) - len(paths)}


def announce(catalog: SqlCatalog, name: str) -> None:
    """Tell all who write to the table that files which no snapshot names now may go.

    Whoever has committed before is seen when references are read after this; whoever commits after has to look at the
    table again, sees it, and writes its files anew.
    """
    key = uuid.uuid4().hex
    work = commits.Work(
        name,
        f"sweep {key}",
        done=lambda table: True if table.properties.get(SWEPT) == key else None,
        attempt=lambda table: _set(table, key),
    )
    commits.commit(catalog, work)


def _set(table: Table, key: str) -> bool:
    with table.transaction() as transaction:
        transaction.set_properties({SWEPT: key})
    return True


if __name__ == "__main__":
    step.run(main)
