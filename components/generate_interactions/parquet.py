"""A feed that lies in Parquet files, in a directory or in an object store."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs

from components.connect.filesystems import filesystem_and_path
from components.connect.network import unproven
from components.generate_interactions.conform import lacking, missing
from components.generate_interactions.schemas import READ
from components.shell.errors import ConfigurationError, TransientError
from components.shell.redaction import brief

_HIDDEN = ("_", ".")


def read_parquet(path: str) -> dict[str, Iterator[pa.RecordBatch]]:
    """The rows of each table in `{path}/{table}/*.parquet` or `{path}/{table}.parquet`: the columns that are read.

    Files come in the order of their names, each with types of its own. All are looked at before any is read.

    Raises:
        ConfigurationError: a table has no files, something else lies there or the table twice, or one is no Parquet.
        ContractError: columns are missing; all of them are named.
        TransientError: the store does not answer.
    """
    filesystem, root = filesystem_and_path(path)
    fragments = {table: _files(filesystem, root, table) for table in READ}
    if faults := [fault for table, files in fragments.items() for fault in _faults(table, files)]:
        raise lacking(faults)
    return {table: _rows(table, files) for table, files in fragments.items()}


def _rows(table: str, files: Sequence[ds.ParquetFileFragment]) -> Iterator[pa.RecordBatch]:
    for file in files:
        columns = [name for name in READ[table] if name in file.physical_schema.names]
        with _readable(file.path):
            yield from file.to_batches(columns=columns, batch_readahead=2)


def _faults(table: str, files: Sequence[ds.ParquetFileFragment]) -> Iterator[str]:
    """A sentence for each column that is missing from all files, or from some."""
    faults_by_file = {PurePosixPath(file.path).name: missing(table, _names(file)) for file in files}
    for fault in dict.fromkeys(fault for faults in faults_by_file.values() for fault in faults):
        without = [name for name, faults in faults_by_file.items() if fault in faults]
        yield fault if len(without) == len(faults_by_file) else f"{without[0]}: {fault}"


def _names(file: ds.ParquetFileFragment) -> list[str]:
    with _readable(file.path):
        names: list[str] = file.physical_schema.names
        return names


@contextmanager
def _readable(path: str) -> Iterator[None]:
    try:
        yield
    except pa.ArrowInvalid as error:
        raise ConfigurationError(f"{path} is no Parquet: {brief(error, 200)}", "check source_path") from None
    except OSError as error:
        if known := unproven(error):
            raise known from None
        raise TransientError(f"{path} cannot be read: {brief(error, 200)}", "try again") from None


def _files(filesystem: fs.FileSystem, root: str, table: str) -> list[ds.ParquetFileFragment]:
    with _readable(f"{root}/{table}"):
        selected = filesystem.get_file_info(fs.FileSelector(f"{root}/{table}", allow_not_found=True))
        (alone,) = filesystem.get_file_info([f"{root}/{table}.parquet"])
    inside = [info for info in selected if not info.base_name.startswith(_HIDDEN)]
    entries = inside if alone.type == fs.FileType.NotFound else [*inside, alone]
    if not entries:
        raise ConfigurationError(
            f"there is neither {root}/{table}/*.parquet nor {root}/{table}.parquet", "check source_path"
        )
    if strange := next(
        (info for info in entries if info.type != fs.FileType.File or info.extension != "parquet"), None
    ):
        todo = "rename it or move it away; files of folders within go into the folder itself"
        raise ConfigurationError(f"{strange.path} is no Parquet file of {table}, and would be left out", todo)
    if len(entries) > len(inside) > 0:
        message = f"table {table} lies twice: in {root}/{table} and in {root}/{table}.parquet"
        raise ConfigurationError(message, "leave one of them")
    paths = sorted(info.path for info in entries)
    return [ds.ParquetFileFormat().make_fragment(path, filesystem) for path in paths]
