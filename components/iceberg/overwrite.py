"""Snapshots that replace files, and whose manifests stay few."""

from collections.abc import Iterable, Mapping

from pyiceberg.manifest import DataFile, ManifestContent, ManifestFile
from pyiceberg.table import Table, TableProperties, Transaction
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import _ManifestMergeManager, _OverwriteFiles
from pyiceberg.utils.properties import property_as_bool, property_as_int

from components.iceberg.unswept import require_unswept


class Overwrite(_OverwriteFiles):
    """pyiceberg's own, but that it takes care of manifests as Iceberg's Java does.

    Those that list nothing but files which earlier snapshots have removed are dropped: pyiceberg 0.12 carries them on
    for ever, one more for each run. Where there are `commit.manifest.min-count-to-merge` (100) others, they are merged,
    unless the table says `commit.manifest-merge.enabled=false`.
    """

    def _process_manifests(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        live = [
            one
            for one in manifests
            if one.has_added_files() or one.has_existing_files() or one.added_snapshot_id == self.snapshot_id
        ]
        of_rows = [one for one in live if one.content == ManifestContent.DATA]
        return self._merging.merge_manifests(of_rows) + [one for one in live if one.content != ManifestContent.DATA]

    @property
    def _merging(self) -> _ManifestMergeManager[_OverwriteFiles]:
        properties = self._transaction.table_metadata.properties
        size = property_as_int(
            properties,
            TableProperties.MANIFEST_TARGET_SIZE_BYTES,
            TableProperties.MANIFEST_TARGET_SIZE_BYTES_DEFAULT,
        )
        least = property_as_int(
            properties, TableProperties.MANIFEST_MIN_MERGE_COUNT, TableProperties.MANIFEST_MIN_MERGE_COUNT_DEFAULT
        )
        merged = property_as_bool(properties, TableProperties.MANIFEST_MERGE_ENABLED, default=True)
        return _ManifestMergeManager(size or 0, least or 0, merge_enabled=merged, snapshot_producer=self)


def overwrite(table: Table, transaction: Transaction, properties: Mapping[str, str]) -> Overwrite:
    """A snapshot of the table to come, with these properties, that removes and adds files once its `with` ends."""
    return Overwrite(
        operation=Operation.OVERWRITE if table.current_snapshot() else Operation.APPEND,
        transaction=transaction,
        io=table.io,
        snapshot_properties=dict(properties),
    )


def swap(
    table: Table,
    transaction: Transaction,
    properties: Mapping[str, str],
    old: Iterable[DataFile],
    new: Iterable[DataFile],
) -> int:
    """The id of a snapshot of the transaction, with these properties, that has the files `new` in place of `old`."""
    require_unswept(table, transaction)
    with overwrite(table, transaction, properties) as snapshot:
        for file in old:
            snapshot.delete_data_file(file)
        for file in new:
            snapshot.append_data_file(file)
    return snapshot.snapshot_id
