"""`python -m components.maintain_tables.compact`: small files are joined, a bundle of partitions per commit."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg import commits
from components.iceberg.catalog import open_catalog, store_error
from components.iceberg.naming import name_of
from components.iceberg.overwrite import swap
from components.iceberg.planning import files_of
from components.iceberg.receipts import PREFIX
from components.iceberg.staging import discard
from components.maintain_tables.groups import Group, bundles, groups
from components.maintain_tables.rewrite import Rewriting
from components.maintain_tables.tables import each, require_writable
from components.shell import step
from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from components.shell.instants import refuse_future, run_instant
from components.shell.summary import Summary

log = logging.getLogger("maintain_tables")

# Partitions that are committed at once: what a killed run has to do again.
_AT_ONCE = 32
_KEY = f"{PREFIX}compaction"


def main(*, as_of: str, tables: list[Any], target_mib: int, dry_run: bool, summary: Path, scheduled: str = "") -> None:
    """Join the small files of each partition into files of the target size; no row changes."""
    if target_mib < 1:
        raise ConfigurationError(f"target_mib is {target_mib}", "give 1 or more")
    at = run_instant(as_of, scheduled)
    refuse_future(at, clock(runs_url()))
    catalog, target = open_catalog(), target_mib << 20
    if dry_run:
        cared = each(catalog, tables, lambda table: _foreseen(table, target))
    else:
        cared = each(catalog, tables, lambda table: compact(catalog, table, target))
    for name, figures in cared.results.items():
        became = "would be joined" if dry_run else f"became {figures['files_after']}"
        files, partitions = counted(figures["files_before"], "small file"), counted(figures["partitions"], "partition")
        print(f"{name}: {files} in {partitions} {became}")
    Summary(details={"dry_run": dry_run, **cared.details}).write(summary)
    cared.require_answers()


def compact(catalog: SqlCatalog, table: Table, target: int) -> dict[str, int]:
    """How many partitions had small files, how many files those were, and how many they became.

    Where a writer replaces files meanwhile, its partition is left to the next run: what it wrote stays. A run that is
    killed leaves the table as it was, or with some bundles done, and files that no snapshot names.

    Raises:
        ConfigurationError: a file of the table cannot be read right.
        ContractError: other values were read than the files hold; nothing of that bundle stays.
        TransientError, OutcomeUnknownError: as in `commits.commit`.
    """
    require_writable(table)
    name = name_of(table)
    figures = {"partitions": 0, "files_before": 0, "files_after": 0}
    for bundle in bundles(groups(table, target), _AT_ONCE):
        with Rewriting(table, target) as rewriting:
            new_files = {group: rewriting.files(group) for group in bundle}
            kept = commits.commit(catalog, _work(name, rewriting, new_files))
        for group in bundle:
            if group in kept:
                _add(figures, group, len(new_files[group]))
            else:
                log.info("%s: a writer was faster in a partition of %s", name, counted(len(group.tasks), "file"))
                discard(table, [file.file_path for file in new_files[group]])
    return figures


def _work(
    name: str, rewriting: Rewriting, new_files: Mapping[Group, Sequence[DataFile]]
) -> commits.Work[frozenset[Group]]:
    return commits.Work(
        name,
        rewriting.key,
        done=lambda table: _done(table, rewriting.key, new_files),
        attempt=lambda table: _attempt(table, rewriting.key, new_files),
        swept=rewriting.swept,
        take_back=rewriting.take_back,
    )


def _done(table: Table, key: str, new_files: Mapping[Group, Sequence[DataFile]]) -> frozenset[Group] | None:
    """The groups that a snapshot with this key has joined; None where there is no such snapshot."""
    for snapshot in table.snapshots():
        if snapshot.summary and snapshot.summary.additional_properties.get(_KEY) == key:
            there = {task.file.file_path for task in files_of(table, snapshot.snapshot_id)}
            return frozenset(group for group, files in new_files.items() if {file.file_path for file in files} <= there)
    return None


def _attempt(table: Table, key: str, new_files: Mapping[Group, Sequence[DataFile]]) -> frozenset[Group]:
    """The groups whose files are all still there, joined in one snapshot."""
    there = {task.file.file_path: task for task in files_of(table)}
    ready = frozenset(group for group in new_files if group.paths <= there.keys() and not _deletes(there, group))
    if not ready:
        return ready
    try:
        with table.transaction() as transaction:
            old = [task.file for group in ready for task in group.tasks]
            swap(table, transaction, {_KEY: key}, old, [file for group in ready for file in new_files[group]])
    except OSError as error:
        # The store is spoken to only before the catalog's compare-and-swap: nothing has been committed.
        raise store_error(error) from error
    return ready


def _deletes(there: Mapping[str, Any], group: Group) -> bool:
    return any(there[path].delete_files for path in group.paths)


def _add(figures: dict[str, int], group: Group, after: int) -> None:
    figures["partitions"] += 1
    figures["files_before"] += len(group.tasks)
    figures["files_after"] += after


def _foreseen(table: Table, target: int) -> dict[str, int]:
    require_writable(table)
    candidates = groups(table, target)
    return {"partitions": len(candidates), "files_before": sum(len(group.tasks) for group in candidates)}


if __name__ == "__main__":
    step.run(main)
