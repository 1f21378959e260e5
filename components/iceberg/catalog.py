"""The Iceberg catalog, opened without ever creating anything in it, and its errors as errors with an exit code."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from components.connect.endpoints import runs_url
from components.connect.network import proxy_for, refuse_plaintext, unproven
from components.connect.postgres import classify, connect, secured, session
from components.iceberg.places import filesystem
from components.shell.addresses import engine_uri
from components.shell.errors import ConfigurationError, StepError, TransientError
from components.shell.missing import FILL
from components.shell.names import CATALOG, CATALOG_PREFIX
from components.shell.redaction import brief
from components.shell.settings import CATALOG_PROPERTIES, Part, catalog_names, read_settings, setting

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor
    from pyarrow.fs import FileSystem
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table
    from sqlalchemy.exc import DBAPIError

# Words in the answers of S3 stores, as pyarrow hands them on, that no second try will change.
_REFUSED: tuple[str, ...] = (
    "ACCESS_DENIED",
    "INVALID_ACCESS_KEY_ID",
    "SIGNATURE_DOES_NOT_MATCH",
    "NO_SUCH_BUCKET",
    "HTTP status 403",
)
_REFUSED += ("AccessDenied", "NoSuchBucket", "INVALID_CLIENT_TOKEN_ID", "access denied")
# What stores answer to requests that are signed at another time than theirs, and where there is no room.
_SKEWED = ("RequestTimeTooSkewed", "REQUEST_TIME_TOO_SKEWED")
_FULL = ("XMinioStorageFull", "QuotaExceeded", "HTTP status 507")
# Catalogs of other programs list views too; those that pyiceberg made before it knew views have no such column.
_IS_TABLE = "coalesce(to_jsonb(found) ->> 'iceberg_type', 'TABLE') = 'TABLE'"
_LOCATIONS = (
    "SELECT table_namespace || '.' || table_name, metadata_location FROM iceberg_tables AS found"  # noqa: S608 - a constant
    f" WHERE {_IS_TABLE} ORDER BY catalog_name, 1"
)
_LOCATION = (
    "SELECT metadata_location FROM iceberg_tables AS found"  # noqa: S608 - a constant
    f" WHERE catalog_name = %s AND {_IS_TABLE} AND table_namespace = %s AND table_name = %s"
)


def open_catalog(*, create: bool = False) -> "SqlCatalog":
    """The SQL catalog called STOCKPOT_CATALOG, as its settings describe it, for who makes tables or commits to them.

    Only who begins a run passes `create`: creating catalog tables from several processes at once fails in Postgres.

    Raises:
        ConfigurationError: the catalog's address, login or warehouse is wrong or missing, or its type is not `sql`.
        TransientError: the catalog's Postgres does not answer.
    """
    from pyiceberg.catalog.sql import SqlCatalog

    properties = _properties()
    # pyiceberg takes any failure to connect for a catalog without tables, and would go on.
    connect(runs_url()).close()
    with translated():
        return SqlCatalog(CATALOG, **properties, init_catalog_tables=str(create).lower())


def _properties() -> dict[str, str]:
    """The catalog's properties as pyiceberg reads them: the environment's `S3__ACCESS_KEY_ID` is `s3.access-key-id`."""
    settings = read_settings(os.environ, [Part.CATALOG])
    others = {name: os.environ[name].strip() for name in catalog_names(os.environ)}
    properties: dict[str, str] = json.loads(settings.pop(CATALOG_PROPERTIES, "{}"))
    properties |= {_property(name): value for name, value in (others | settings).items() if value}
    properties["uri"] = engine_uri({"client_encoding": "UTF8", **secured(runs_url())})
    if properties.pop("type", "sql") != "sql":
        raise ConfigurationError(f"{CATALOG_PREFIX}TYPE must be sql", "use a Postgres-backed catalog")
    if "warehouse" not in properties:
        raise ConfigurationError(
            f"{CATALOG_PREFIX}WAREHOUSE is not set", "set it to a place such as s3://bucket/warehouse"
        )
    # Those that came as other properties have not been looked at yet.
    setting(f"{CATALOG_PREFIX}WAREHOUSE").check(properties["warehouse"])
    if endpoint := properties.get("s3.endpoint", ""):
        setting(f"{CATALOG_PREFIX}S3__ENDPOINT").check(endpoint)
        refuse_plaintext(endpoint, f"{CATALOG_PREFIX}S3__ENDPOINT")
    # Without a region the S3 client asks the network for one first.
    ours = {"s3.region": "us-east-1", "pool_pre_ping": "true", "py-io-impl": "components.connect.file_io.StoreFileIO"}
    if proxy := proxy_for(properties.get("s3.endpoint", "")):
        ours["s3.proxy-uri"] = proxy
    return ours | properties


def _property(name: str) -> str:
    return name[len(CATALOG_PREFIX) :].replace("__", ".").replace("_", "-").lower()


def table_exists(name: str) -> bool:
    """Whether the catalog has the table; raises as `metadata_location`."""
    return bool(metadata_location(name))


def metadata_location(name: str) -> str:
    """Where the table's metadata lies, as the catalog has it; empty for a table that it has not.

    The catalog's Postgres alone is asked: pyiceberg takes a second to import.

    Raises:
        ConfigurationError: the catalog's address or login is wrong.
        TransientError: the catalog's Postgres does not answer.
    """
    namespace, _, table = name.rpartition(".")
    with session(runs_url()) as connection, connection.cursor() as cursor:
        if not has_relation(cursor, "iceberg_tables"):
            return ""
        cursor.execute(_LOCATION, (CATALOG, namespace, table))
        row = cursor.fetchone()
    return str(row[0] or "") if row else ""


def metadata_locations() -> list[tuple[str, str]]:
    """The tables of all catalogs in the database, by name, and where the metadata of each lies.

    Catalogs of other names may have the same warehouse. Raises as `metadata_location`.
    """
    with session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute(_LOCATIONS)
        return [(str(name), str(location)) for name, location in cursor.fetchall() if location]


def has_relation(cursor: "Cursor", name: str) -> bool:
    """Whether the database has a table or view of that name where names are looked for."""
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (name,))
    return cursor.fetchone() == (True,)


def find_table(name: str) -> "Table | None":
    """The table `name` as it is now, to be read; None where the catalog has none of that name.

    Only the catalog returned by `open_catalog` commits; it stands on SQLAlchemy, a third of its time to start.

    Raises:
        ConfigurationError: the catalog's settings are wrong, or the store refuses to hand out the table's metadata.
        TransientError: catalog or store do not answer.
    """
    # Ahead of the question, for its import takes long enough that the answer might be of yesterday.
    import pyiceberg.table  # noqa: F401 - only to have it read

    location = metadata_location(name)
    return open_table(name, location) if location else None


def open_table(name: str, location: str) -> "Table":
    """The table whose metadata lies there, of whichever catalog, to be read; raises as `find_table`."""
    from pyiceberg.catalog.noop import NoopCatalog
    from pyiceberg.io import load_file_io
    from pyiceberg.serializers import FromInputFile
    from pyiceberg.table import Table

    properties = _properties()
    with translated():
        metadata = FromInputFile.table_metadata(load_file_io(properties, location).new_input(location))
        store = load_file_io({**properties, **metadata.properties}, location)
    return Table(tuple(name.split(".")), metadata, location, store, NoopCatalog(CATALOG, **properties))


def store_of(location: str, more: Mapping[str, str]) -> "FileSystem":
    """The store of the tables, for a location beside them, reached as the catalog's settings and `more` say.

    Raises:
        ConfigurationError: the catalog's settings are wrong, or have the store read by other means.
    """
    from pyiceberg.io import load_file_io

    with translated():
        return filesystem(load_file_io(_properties() | dict(more), location), location)


def read_table(name: str) -> "Table":
    """The same of a table that has to be there; raises ConfigurationError where it is not."""
    table = find_table(name)
    if table is None:
        raise _missing(name)
    return table


def load_table(catalog: "SqlCatalog", name: str) -> "Table":
    """The table `name`, such as `moderation.training_data`, as it is now.

    Raises:
        ConfigurationError: the table does not exist, or the store refuses to hand out its metadata.
        TransientError: catalog or store do not answer.
    """
    from pyiceberg.exceptions import NoSuchTableError

    try:
        with translated():
            return catalog.load_table(name)
    except NoSuchTableError:
        raise _missing(name) from None


def _missing(name: str) -> ConfigurationError:
    return ConfigurationError(f"table {name} does not exist in catalog '{CATALOG}'", f"{FILL}, which makes it")


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the catalog's Postgres, of the object store and in metadata into errors with an exit code."""
    from pyiceberg.exceptions import NoSuchTableError, ValidationError

    try:
        yield
    except _of_sqlalchemy() as error:
        if getattr(error.orig, "pgcode", None) == "42P01":
            raise NoSuchTableError("the catalog itself has no tables yet") from None
        raise classify(error.orig if isinstance(error.orig, Exception) else error) from error
    except OSError as error:
        raise store_error(error) from error
    except ValidationError as error:
        raise ConfigurationError(
            f"the metadata of a table is not what pyiceberg knows: {brief(error, 300)}",
            "read it with the engine that wrote it, or write it in format version 1 or 2",
        ) from error


def _of_sqlalchemy() -> "type[DBAPIError] | tuple[()]":
    """What SQLAlchemy raises for the database, where it is in use; who only reads tables does without."""
    return sys.modules["sqlalchemy.exc"].DBAPIError if "sqlalchemy.exc" in sys.modules else ()


def store_error(error: OSError) -> StepError:
    """The step error that stands for a failure of the object store: refused for good, or worth another try."""
    text = brief(error, 400)
    if known := unproven(error):
        return known
    if isinstance(error, FileNotFoundError):
        return ConfigurationError(
            f"the object store has lost a file the table needs: {text}",
            "check that endpoint and bucket belong to this catalog",
        )
    if any(sign in text for sign in _SKEWED):
        return ConfigurationError(
            f"the object store refused, for its clock and this machine's are far apart: {text}",
            "set both by the same time server",
        )
    if any(sign in text for sign in _FULL):
        return TransientError(f"the object store is full: {text}", "make room in it, or raise its quota, and try again")
    if isinstance(error, PermissionError) or any(sign in text for sign in _REFUSED):
        return ConfigurationError(
            f"the object store refused: {text}", "check endpoint, keys and bucket in the catalog's secret"
        )
    return TransientError(f"the object store does not answer as it should: {text}", "try again")
