"""Endpoints and secrets: read once from the environment, never from arguments, never printed."""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from components.connect.network import refuse_plaintext
from components.shell import addresses
from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from components.shell.rules import web_address
from components.shell.settings import setting

# What manifests/overlays/production/secrets.example.yaml has in place of every secret.
_EXAMPLE = "replace-me"


def _required(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set", "set it in the step's environment (on a cluster: in its secret)")
    if _EXAMPLE in value:
        raise ConfigurationError(f"{name} still says {_EXAMPLE}", "put your own value into its secret")
    setting(name).check(value)
    return value


def _optional(name: str) -> str:
    return setting(name).usable(os.environ)


def database_url() -> str:
    """DATABASE_URL, the source database, to be read with a read-only role."""
    return _required("DATABASE_URL")


def catalog_uri() -> str:
    """The address of the Postgres that holds the Iceberg catalog and `etl_runs`, as it is written."""
    return _required(f"{CATALOG_PREFIX}URI")


def runs_url() -> str:
    """The same Postgres as a libpq address."""
    return addresses.libpq(catalog_uri())


def kafka_servers() -> list[str]:
    """KAFKA_BOOTSTRAP_SERVERS, each as host:port or as an address."""
    return servers(_required("KAFKA_BOOTSTRAP_SERVERS"))


def servers(text: str) -> list[str]:
    """The servers that stand between commas."""
    return [server.strip() for server in text.split(",") if server.strip()]


@dataclass(frozen=True)
class ObjectStore:
    """An S3 endpoint; `host` is host:port without a scheme, as the minio client wants it. Empty is what is not set."""

    host: str
    secure: bool
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    region: str = ""
    virtual: bool = False

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return "https" if self.secure else "http"


def is_true(flag: str) -> bool:
    """Whether a setting that is true or false is true."""
    return flag.lower() in ("true", "1")


def object_store() -> ObjectStore:
    """The store of MINIO_ENDPOINT and the settings beside it; http unless the endpoint says https."""
    parts = urlsplit(web_address(endpoint := _required("MINIO_ENDPOINT")))
    refuse_plaintext(endpoint, "MINIO_ENDPOINT")
    return ObjectStore(
        parts.netloc,
        parts.scheme == "https",
        _required("MINIO_ACCESS_KEY"),
        _required("MINIO_SECRET_KEY"),
        _optional("AWS_SESSION_TOKEN"),
        _optional("AWS_REGION"),
        is_true(_optional("MINIO_FORCE_VIRTUAL_ADDRESSING")),
    )
