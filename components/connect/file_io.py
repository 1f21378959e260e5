"""How pyiceberg speaks to the object store."""

from pyarrow.fs import FileSystem
from pyiceberg.io import S3_RETRY_STRATEGY_IMPL
from pyiceberg.io.pyarrow import PyArrowFileIO

from components.connect.network import authorities


class StoreFileIO(PyArrowFileIO):
    """pyiceberg's own, but that it trusts whom we trust, and stores a file of up to 5 MB in one request, not three."""

    def _initialize_s3_fs(self, netloc: str | None) -> FileSystem:
        filesystem = super()._initialize_s3_fs(netloc)
        if S3_RETRY_STRATEGY_IMPL in self.properties:
            return filesystem
        # pyiceberg has no property for either, and a filesystem tells what it was made of, but for how it tries again,
        # only so that it can be copied.
        rebuild, (options,) = filesystem.__reduce__()
        ours: FileSystem = rebuild({**options, "allow_delayed_open": True, "tls_ca_file_path": authorities()})
        return ours
