"""A feed that lies in Parquet files, in a directory or in an object store."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs

from components.connect.network import unproven
from components.connect.place import place
from components.generate_interactions.schemas import READ
from components.shell.errors import ConfigurationError, TransientError
from components.shell.redaction import brief

_HIDDEN = ("_", ".")


def read_parquet(path: str, table: str) -> Iterator[pa.RecordBatch]:
    """The rows of `{path}/{table}/*.parquet` or `{path}/{table}.parquet`, with the columns that are read.

    Files come in the order of their names.

    Raises:
        ConfigurationError: there is no such file, something else lies there or the table twice, or it is no Parquet.
        TransientError: the store does not answer.
    """
    filesystem, root = place(path)
    try:
        dataset = ds.dataset(_files(filesystem, root, table), filesystem=filesystem, format="parquet")
        columns = [name for name in READ[table] if name in dataset.schema.names]
        yield from dataset.to_batches(columns=columns, batch_readahead=2, fragment_readahead=1)
    except pa.ArrowInvalid as error:
        raise ConfigurationError(f"{path}/{table} is no Parquet: {brief(error, 200)}", "check source_path") from None
    except OSError as error:
        if known := unproven(error):
            raise known from None
        raise TransientError(f"{path}/{table} cannot be read: {brief(error, 200)}", "try again") from None


def _files(filesystem: fs.FileSystem, root: str, table: str) -> list[str]:
    selected = filesystem.get_file_info(fs.FileSelector(f"{root}/{table}", allow_not_found=True))
    inside = [info for info in selected if not info.base_name.startswith(_HIDDEN)]
    (alone,) = filesystem.get_file_info([f"{root}/{table}.parquet"])
    found = inside if alone.type == fs.FileType.NotFound else [*inside, alone]
    if not found:
        raise ConfigurationError(
            f"there is neither {root}/{table}/*.parquet nor {root}/{table}.parquet", "check source_path"
        )
    if strange := next((info for info in found if info.type != fs.FileType.File or info.extension != "parquet"), None):
        todo = "rename it or move it away; files of folders within go into the folder itself"
        raise ConfigurationError(f"{strange.path} is no Parquet file of {table}, and would be left out", todo)
    if len(found) > len(inside) > 0:
        what = f"table {table} lies twice: in {root}/{table} and in {root}/{table}.parquet"
        raise ConfigurationError(what, "leave one of them")
    return sorted(info.path for info in found)
