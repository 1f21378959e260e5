"""Reading Iceberg tables on this machine."""

import difflib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from components.iceberg.catalog import open_catalog, translated
from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table

_NAMED_SNAPSHOTS = 3


def batches(name: str, *, limit: int | None = None, snapshot: int | None = None) -> Any:
    """The table's rows as an Arrow stream, read no further than `limit`.

    Raises:
        ConfigurationError: there is no such table (the near match is named) or no such snapshot, or it cannot be read.
        TransientError: catalog or store do not answer.
    """
    import pyarrow as pa

    from components.iceberg.scan import Selection, scan, snapshot_of

    with translated():
        table = find(open_catalog(), name)
        if snapshot is not None and table.snapshot_by_id(snapshot) is None:
            known = [str(one.snapshot_id) for one in table.snapshots()[::-1][:_NAMED_SNAPSHOTS]]
            todo = f"the latest are {', '.join(known)}" if known else "the table has none yet"
            raise ConfigurationError(f"{name} has no snapshot {snapshot}", todo)
        found = scan(table, snapshot_of(table, snapshot), Selection())
    return pa.RecordBatchReader.from_batches(found.schema, _guarded(found.batches(), limit))


def _guarded(reader: Iterator[Any], limit: int | None) -> Iterator[Any]:
    """The batches up to the limit, with what goes wrong while reading told as one of our errors."""
    left = sys.maxsize if limit is None else limit
    with translated():
        for batch in reader if left else ():
            yield batch.slice(0, left)
            left -= min(left, batch.num_rows)
            if not left:
                return


def find(catalog: "SqlCatalog", name: str) -> "Table":
    """The table of that name.

    Raises:
        ConfigurationError: there is none; the near match is named.
    """
    from pyiceberg.exceptions import NoSuchTableError
    from sqlalchemy.exc import ProgrammingError

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
