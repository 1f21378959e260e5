"""Where files lie: on this machine, or in the object store."""

from urllib.parse import urlsplit

from pyarrow import fs

from components.connect.endpoints import object_store
from components.connect.network import authorities, proxy_for, unproven
from components.shell.errors import ConfigurationError, StepError, TransientError
from components.shell.redaction import brief

_REFUSED = ("ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH")
_OF_STORES = ("AWS Error", "curlCode")


def filesystem_and_path(path: str, named: str = "source_path") -> tuple[fs.FileSystem, str]:
    """The file system that holds `path`, and the path in it; `named` is the parameter that says it.

    Raises:
        ConfigurationError: it is neither absolute nor in a bucket, or a setting of the store is wrong.
    """
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
        raise ConfigurationError(f"{named} is '{path}'", "write an absolute path or s3://bucket/prefix")
    return fs.LocalFileSystem(), path.rstrip("/")


def of_system(what: str, error: OSError, done: str = "read") -> StepError | None:
    """The error with an exit code where the system or the store is to blame, and None where it is what was read."""
    if known := unproven(error):
        return known
    text = str(error)
    if isinstance(error, PermissionError) or any(word in text for word in _REFUSED):
        return ConfigurationError(f"{what} may not be {done}", "check the rights on it, and the keys of the store")
    if error.errno or any(word in text for word in _OF_STORES):
        return TransientError(f"{what} cannot be {done}: {brief(error, 200)}", "try again")
    return None
