"""Where tables lie in the object store."""

from typing import TYPE_CHECKING

from pyarrow.fs import FileSelector, FileSystem

from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    from pyiceberg.io import FileIO


def plain(path: str) -> str:
    """The path without its scheme, since `s3://` and `s3a://` mean the same."""
    return path.partition("://")[2] or path


def filesystem(store: "FileIO", place: str) -> FileSystem:
    """What lists folders of the store that the place is in.

    Raises:
        ConfigurationError: the store is read by other means, which list nothing.
    """
    from pyiceberg.io.pyarrow import PyArrowFileIO

    if not isinstance(store, PyArrowFileIO):
        raise ConfigurationError("the catalog reads its store by other means than pyarrow", "leave py-io-impl unset")
    scheme, _, rest = place.partition("://")
    return store.fs_by_scheme(scheme, rest.partition("/")[0])


def in_use(store: "FileIO", place: str) -> bool:
    """Whether anything lies in the folder; raises as `filesystem`."""
    return bool(filesystem(store, place).get_file_info(FileSelector(plain(place), allow_not_found=True)))
