"""Reading Iceberg tables on this machine."""

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from components.shell.catalog import open_catalog, translated
from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table

_NAMED_SNAPSHOTS = 3


def batches(name: str, *, limit: int | None = None, snapshot: int | None = None) -> Any:
    """The table's rows as an Arrow stream, read no further than `limit`.

    Raises:
        ConfigurationError: there is no such table (the near match is named) or no such snapshot.
        TransientError: catalog or store do not answer.
    """
    import pyarrow as pa  # noqa: PLC0415 - only the command that reads tables needs it

    with translated():
        table = _find(open_catalog(), name)
        if snapshot is not None and table.snapshot_by_id(snapshot) is None:
            known = [str(one.snapshot_id) for one in table.snapshots()[::-1][:_NAMED_SNAPSHOTS]]
            todo = f"the latest are {', '.join(known)}" if known else "the table has none yet"
            raise ConfigurationError(f"{name} has no snapshot {snapshot}", todo)
        reader = table.scan(snapshot_id=snapshot, limit=limit).to_arrow_batch_reader()
    return pa.RecordBatchReader.from_batches(reader.schema, _guarded(reader))


def _guarded(reader: Any) -> Iterator[Any]:
    """The batches, with what goes wrong while reading told as one of our errors."""
    with translated():
        yield from reader


def _find(catalog: "SqlCatalog", name: str) -> "Table":
    from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415
    from sqlalchemy.exc import ProgrammingError  # noqa: PLC0415

    try:
        return catalog.load_table(name)
    except (NoSuchTableError, ValueError):
        known = [".".join(one) for space in catalog.list_namespaces() for one in catalog.list_tables(space)]
    except ProgrammingError:
        # The catalog's own tables are missing: nothing ever migrated it.
        known = []
    near = difflib.get_close_matches(name, known, n=1)
    todo = (
        f"did you mean '{near[0]}'?"
        if near
        else f"known are {', '.join(known)}"
        if known
        else "run the pipeline that fills it"
    )
    raise ConfigurationError(f"there is no table '{name}'", todo)
