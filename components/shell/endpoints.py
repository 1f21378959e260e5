"""Endpoints and secrets: read once from the environment, never from arguments, never printed."""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from components.shell.errors import ConfigurationError

CATALOG = "gourmetgram"
# What manifests/overlays/production/secrets.example.yaml has in place of every secret.
_EXAMPLE = "replace-me"


def _required(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set", "set it in the step's environment (on a cluster: in its secret)")
    if _EXAMPLE in value:
        raise ConfigurationError(f"{name} still says {_EXAMPLE}", "put your own value into its secret")
    return value


def database_url() -> str:
    """DATABASE_URL, the source database, to be read with a read-only role."""
    return _required("DATABASE_URL")


def catalog_uri() -> str:
    """The SQLAlchemy address of the Postgres that holds the Iceberg catalog and `etl_runs`."""
    return _required(f"PYICEBERG_CATALOG__{CATALOG.upper()}__URI")


def runs_url() -> str:
    """The same Postgres as a libpq address."""
    scheme, separator, rest = catalog_uri().partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def kafka_servers() -> list[str]:
    """KAFKA_BOOTSTRAP_SERVERS, each as host:port or as an address."""
    return [server.strip() for server in _required("KAFKA_BOOTSTRAP_SERVERS").split(",") if server.strip()]


@dataclass(frozen=True)
class ObjectStore:
    """An S3 endpoint; `host` is host:port without a scheme, as the minio client wants it."""

    host: str
    secure: bool
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


def object_store() -> ObjectStore:
    """The store of MINIO_ENDPOINT, MINIO_ACCESS_KEY and MINIO_SECRET_KEY; http unless the endpoint says https."""
    endpoint = _required("MINIO_ENDPOINT")
    parts = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ConfigurationError("MINIO_ENDPOINT is no endpoint", "write it as http://host:port or https://host")
    return ObjectStore(
        parts.netloc, parts.scheme == "https", _required("MINIO_ACCESS_KEY"), _required("MINIO_SECRET_KEY")
    )
