"""Files in a table's folder that are not needed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyarrow.fs import FileSelector
from pyiceberg.table import Table

from components.iceberg.places import filesystem, plain
from components.maintain_tables.references import STAGED, Folders, references, staged
from components.maintain_tables.strangers import describes, refuse_strangers

# How long a run that was interrupted may be gone on with: so long, what it has staged stays.
RESUMED = timedelta(days=7)


@dataclass(frozen=True)
class Stored:
    """A file in the store: its path without scheme, its size, and when it was written."""

    path: str
    size: int
    written: datetime


def orphans(folders: Folders, table: Table, before: datetime, dropped: Collection[str] = ()) -> list[Stored]:
    """The files under the table's folder that were written before the instant and that nothing names, by path.

    The folder is listed first and the references are read after that, so that a file which a writer commits meanwhile
    is seen as needed. Files that are listed as staged stay for `RESUMED` after they were. `dropped` are the uuids of
    tables that are no more, and whose files lie there still.

    Raises:
        StepError: as `neighbours` does, and as `refuse_strangers` where another table lies in the folder too.
    """
    listed, near = _listed(table), folders.neighbours(table)
    needed = references(near)
    metadata = [one.path for one in _newest_first(listed) if describes(one.path) and one.path not in needed]
    refuse_strangers(table, near, [f"{_scheme(table)}{path}" for path in metadata], dropped)
    waiting = [one.path for one in listed if STAGED in one.path and one.written >= before - RESUMED]
    needed |= {*waiting, *staged(table, [f"{_scheme(table)}{path}" for path in waiting])}
    return [one for one in listed if one.written < before and one.path not in needed]


def still_orphans(folders: Folders, table: Table, paths: Sequence[str]) -> list[str]:
    """Those of the paths that still nothing names."""
    needed = references(folders.neighbours(table))
    return [path for path in paths if path not in needed]


def remove(table: Table, paths: Sequence[str]) -> list[str]:
    """The paths that were removed; those that are gone already count too."""
    for path in paths:
        try:
            table.io.delete(f"{_scheme(table)}{path}")
        except FileNotFoundError:
            continue
    return list(paths)


def _listed(table: Table) -> list[Stored]:
    folder = plain(table.location()).rstrip("/")
    store = filesystem(table.io, table.location())
    infos = store.get_file_info(FileSelector(folder, recursive=True, allow_not_found=True))
    return sorted(
        (Stored(one.path, one.size or 0, one.mtime.astimezone(UTC)) for one in infos if one.is_file),
        key=lambda one: one.path,
    )


def _newest_first(listed: Sequence[Stored]) -> list[Stored]:
    return sorted(listed, key=lambda one: one.written, reverse=True)


def _scheme(table: Table) -> str:
    scheme, separator, _ = table.location().partition("://")
    return scheme + separator if separator else ""
