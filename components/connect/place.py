"""Where files lie: on this machine, or in the object store."""

from urllib.parse import urlsplit

from pyarrow import fs

from components.connect.endpoints import object_store
from components.connect.network import authorities, proxy_for
from components.shell.errors import ConfigurationError


def place(path: str) -> tuple[fs.FileSystem, str]:
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
