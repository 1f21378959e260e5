"""What a table's manifests say of the instants in its files."""

from datetime import datetime

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.types import DateType, TimestamptzType

from components.shell.instants import held

# In microseconds.
_DAY = 86_400 * 10**6


def bounds(table: Table, file: DataFile, column: str) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest instant of a column in a file, of a `date` the beginning of the day in UTC.

    None where the manifest has none.

    Others may have written instants before year 1 or after 9999: the first and the last of those years stand for them.
    """
    field = table.schema().find_field(column)
    ticks = _DAY if isinstance(field.field_type, DateType) else 1
    low, high = ((limits or {}).get(field.field_id) for limits in (file.lower_bounds, file.upper_bounds))
    return _instant(low, ticks), _instant(high, ticks)


def _instant(bound: bytes | None, ticks: int) -> datetime | None:
    if bound is None:
        return None
    return held(ticks * int(from_bytes(DateType() if ticks > 1 else TimestamptzType(), bound)))
