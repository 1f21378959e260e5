"""Where tables lie in the object store."""

from typing import TYPE_CHECKING, Any

from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyarrow.fs import FileSystem
    from pyiceberg.io import FileIO


def plain(path: str) -> str:
    """The path without its scheme, since `s3://` and `s3a://` mean the same."""
    return path.partition("://")[2] or path


def filesystem(store: "FileIO", location: str) -> "FileSystem":
    """What lists folders of the store that the location is in.

    Raises:
        ConfigurationError: the store is read by other means, which list nothing.
    """
    from pyiceberg.io.pyarrow import PyArrowFileIO

    if not isinstance(store, PyArrowFileIO):
        raise ConfigurationError("the catalog reads its store by other means than pyarrow", "leave py-io-impl unset")
    scheme, _, rest = location.partition("://")
    return store.fs_by_scheme(scheme, rest.partition("/")[0])


def may_be_in_use(properties: "Mapping[str, Any]", location: str) -> bool:
    """Whether anything lies in the folder, or nobody can know; the properties say how the store is read."""
    from pyarrow.fs import FileSelector
    from pyiceberg.io import load_file_io

    try:
        store = filesystem(load_file_io(dict(properties), location), location)
    except ConfigurationError:
        return True
    return bool(store.get_file_info(FileSelector(plain(location), allow_not_found=True)))
