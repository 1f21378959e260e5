"""The Iceberg catalog, opened without ever creating anything in it."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components.shell.endpoints import CATALOG, catalog_uri
from components.shell.errors import ConfigurationError, TransientError

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table


def open_catalog(*, create: bool = False) -> "SqlCatalog":
    """The SQL catalog that PYICEBERG_CATALOG__GOURMETGRAM__* describes.

    Only `migrate` passes `create`: creating catalog tables from several processes at once fails in Postgres.

    Raises:
        ConfigurationError: the catalog's address or warehouse is not set, or is of another type than `sql`.
    """
    from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415 - one second of imports, for steps that need them

    return SqlCatalog(CATALOG, **_properties(), init_catalog_tables=str(create).lower())


def _properties() -> dict[str, str]:
    """The catalog's properties as pyiceberg itself reads them from the environment: `S3__ACCESS_KEY_ID` is `s3.access-key-id`."""
    prefix = f"PYICEBERG_CATALOG__{CATALOG.upper()}__"
    found = {
        name.removeprefix(prefix).replace("__", ".").replace("_", "-").lower(): value
        for name, value in os.environ.items()
        if name.startswith(prefix)
    }
    found["uri"] = catalog_uri()
    if found.pop("type", "sql") != "sql":
        raise ConfigurationError(f"{prefix}TYPE must be sql", "use a Postgres-backed catalog")
    if "warehouse" not in found:
        raise ConfigurationError(f"{prefix}WAREHOUSE is not set", "set it to a place such as s3://gourmetgram-datalake/warehouse")
    # Without a region the S3 client asks the network for one first.
    return {"s3.region": "us-east-1", "pool_pre_ping": "true", **found}


def load_table(catalog: "SqlCatalog", name: str) -> "Table":
    """The table `name`, such as `moderation.training_data`.

    Raises:
        ConfigurationError: the table does not exist.
        TransientError: the catalog does not answer.
    """
    from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError, ProgrammingError  # noqa: PLC0415

    try:
        return catalog.load_table(name)
    except (NoSuchTableError, ProgrammingError):
        raise ConfigurationError(f"table {name} does not exist in catalog '{CATALOG}'", "run the migrate step first") from None
    except OperationalError as error:
        raise TransientError(f"the catalog's Postgres does not answer: {error.orig}", "try again") from None


def receipts(table: "Table") -> list[Mapping[str, Any]]:
    """The summaries of all snapshots that carry a receipt, newest first along the current branch."""
    found = []
    snapshot = table.current_snapshot()
    while snapshot is not None:
        properties = snapshot.summary.additional_properties if snapshot.summary else {}
        if "stockpot.run-key" in properties:
            found.append({**properties, "snapshot-id": snapshot.snapshot_id})
        snapshot = table.snapshot_by_id(snapshot.parent_snapshot_id) if snapshot.parent_snapshot_id else None
    return found
