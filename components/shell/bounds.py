"""What a table's manifests say of the instants in its files."""

from datetime import datetime

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.types import TimestamptzType

from components.shell.instants import held


def bounds(table: Table, file: DataFile, column: str) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest instant of a `timestamptz` column in a file; None where the manifest tells none.

    Others may have written instants before year 1 or after 9999: the first and the last of those years stand for them.
    """
    field = table.schema().find_field(column).field_id
    return _instant((file.lower_bounds or {}).get(field)), _instant((file.upper_bounds or {}).get(field))


def _instant(bound: bytes | None) -> datetime | None:
    return None if bound is None else held(int(from_bytes(TimestamptzType(), bound)))
