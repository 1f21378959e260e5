"""Files that no snapshot names yet, listed in an Iceberg manifest of their own."""

from collections.abc import Sequence

from pyiceberg.avro.codecs import AvroCompressionCodec
from pyiceberg.manifest import DataFile, ManifestEntry, ManifestEntryStatus, ManifestFile, write_manifest
from pyiceberg.table import Table

from components.iceberg.catalog import store_error
from components.shell.errors import ContractError

_CODEC: AvroCompressionCodec = "deflate"
_TODO = "start a new run, which stages them again"


def list_files(table: Table, files: Sequence[DataFile], name: str) -> str:
    """The path of a new manifest `name` that lists the files.

    Raises:
        TransientError: the store does not answer.
    """
    path = table.location_provider().new_metadata_location(name)
    output = table.io.new_output(path)
    try:
        with write_manifest(2, table.spec(), table.schema(), output, 0, _CODEC) as writer:
            for file in files:
                writer.add(
                    ManifestEntry.from_args(
                        status=ManifestEntryStatus.ADDED,
                        snapshot_id=None,
                        sequence_number=None,
                        file_sequence_number=None,
                        data_file=file,
                    )
                )
    except OSError as error:
        raise store_error(error) from error
    return path


def files_of(table: Table, manifest: str) -> list[DataFile]:
    """The data files that a manifest of staged events lists, all of them there in full size.

    Raises:
        ContractError: one is gone: whoever sweeps the store takes files that stay unnamed for long.
        TransientError: the store does not answer.
    """
    listed = ManifestFile.from_args(
        manifest_path=manifest, manifest_length=0, partition_spec_id=table.spec().spec_id, content=0,
        sequence_number=0, min_sequence_number=0, added_snapshot_id=0,
    )  # fmt: skip
    try:
        files = [entry.data_file for entry in listed.fetch_manifest_entry(table.io)]
        cut = [file.file_path for file in files if len(table.io.new_input(file.file_path)) != file.file_size_in_bytes]
    except FileNotFoundError as error:
        raise ContractError(f"staged events are gone: {error}", _TODO) from None
    except OSError as error:
        raise store_error(error) from error
    if cut:
        raise ContractError(f"staged file {cut[0]} is not what it was", _TODO)
    return files
