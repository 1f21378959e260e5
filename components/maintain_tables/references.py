"""Which files of the store tables still need."""

from collections.abc import Iterable, Iterator

from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table

from components.iceberg.catalog import metadata_locations, open_table
from components.iceberg.places import plain

# Lists of files that are staged and wait for their commit, as event_tables writes them.
STAGED = "/metadata/staged-"


class Folders:
    """Where the tables of a database lie; each is opened once for that, and again when its metadata has changed.

    The database may hold catalogs of several names, and nothing keeps those from having one warehouse.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def neighbours(self, table: Table) -> list[Table]:
        """The table as it is now, and all others whose folder is, holds or lies in the same one.

        That is so after a table was renamed and another has got its name. A table that cannot be read keeps those from
        their care whose folder may be its own too, and no others.

        Raises:
            StepError: as `find_table` does, for such a table.
        """
        folder = _folder(table)
        near = [(name, at) for name, at in metadata_locations() if _overlap(folder, self._of(name, at))]
        return [open_table(name, at) for name, at in near]

    def _of(self, name: str, metadata: str) -> str:
        if metadata not in self._known:
            try:
                self._known[metadata] = _folder(open_table(name, metadata))
            except Exception:  # noqa: BLE001 - whatever is wrong with another table
                # The path of its metadata shows the folder of a table that cannot be read.
                self._known[metadata] = f"{plain(metadata).rpartition('/metadata/')[0]}/"
        return self._known[metadata]


def references(tables: Iterable[Table]) -> set[str]:
    """The paths of all files that any snapshot of the tables needs, and of their own descriptions."""
    return {plain(path) for table in tables for path in _referenced(table)}


def staged(table: Table, lists: Iterable[str]) -> set[str]:
    """The data files in lists of staged files: a run may still bring them into the table."""
    return {plain(path) for one in lists for path in _entries(table, one)}


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _folder(table: Table) -> str:
    return plain(table.location()).rstrip("/") + "/"


def _referenced(table: Table) -> Iterator[str]:
    metadata = table.metadata
    yield table.metadata_location
    yield from (entry.metadata_file for entry in metadata.metadata_log)
    yield from (one.statistics_path for one in (*metadata.statistics, *metadata.partition_statistics))
    seen: set[str] = set()
    for snapshot in metadata.snapshots:
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in seen:
                seen.add(manifest.manifest_path)
                yield manifest.manifest_path
                yield from (entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io))


def _entries(table: Table, path: str) -> Iterator[str]:
    manifest = ManifestFile.from_args(
        manifest_path=path, manifest_length=0, partition_spec_id=table.spec().spec_id, content=0,
        sequence_number=0, min_sequence_number=0, added_snapshot_id=0,
    )  # fmt: skip
    yield from (entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io))
