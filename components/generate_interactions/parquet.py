"""A feed that lies in Parquet files, in a directory or in an object store."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs

from components.connect.endpoints import object_store
from components.connect.network import authorities, proxy_for, unproven
from components.generate_interactions.schemas import READ
from components.shell.errors import ConfigurationError, TransientError
from components.shell.redaction import brief


def read_parquet(path: str, table: str) -> Iterator[pa.RecordBatch]:
    """The rows of `{path}/{table}/*.parquet` or `{path}/{table}.parquet`, with the columns that are read.

    Files come in the order of their names.

    Raises:
        ConfigurationError: there is no such file, or it is no Parquet.
        TransientError: the store does not answer.
    """
    filesystem, root = _place(path)
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


def _place(path: str) -> tuple[fs.FileSystem, str]:
    """The file system that holds `path`, and the path in it."""
    parts = urlsplit(path)
    if parts.scheme == "s3":
        store = object_store()
        remote = fs.S3FileSystem(
            endpoint_override=store.host,
            scheme=store.scheme,
            access_key=store.access_key,
            secret_key=store.secret_key,
            session_token=store.session_token or None,
            # Without a region the client asks the network for one first.
            region=store.region or "us-east-1",
            force_virtual_addressing=store.virtual,
            proxy_options=proxy_for(f"{store.scheme}://{store.host}") or None,
            tls_ca_file_path=authorities() or None,
        )
        return remote, (parts.netloc + parts.path).rstrip("/")
    if parts.scheme or not path.startswith("/"):
        raise ConfigurationError(f"source_path is '{path}'", "write an absolute path or s3://bucket/prefix")
    return fs.LocalFileSystem(), path.rstrip("/")


def _files(filesystem: fs.FileSystem, root: str, table: str) -> list[str]:
    inside = filesystem.get_file_info(fs.FileSelector(f"{root}/{table}", allow_not_found=True))
    alone = filesystem.get_file_info([f"{root}/{table}.parquet"])
    found = sorted(
        info.path for info in [*inside, *alone] if info.type == fs.FileType.File and info.path.endswith(".parquet")
    )
    if not found:
        raise ConfigurationError(
            f"there is neither {root}/{table}/*.parquet nor {root}/{table}.parquet", "check source_path"
        )
    return found
