"""What a table's manifests say of the instants in its files."""

from datetime import UTC, datetime, timedelta

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.types import TimestamptzType

from components.shell.instants import EPOCH

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def bounds(table: Table, file: DataFile, column: str) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest instant of a `timestamptz` column in a file; None where the manifest tells none.

    Others may have written instants before year 1 or after 9999: the first and the last of those years stand for them.
    """
    field = table.schema().find_field(column).field_id
    return _instant((file.lower_bounds or {}).get(field)), _instant((file.upper_bounds or {}).get(field))


def _instant(bound: bytes | None) -> datetime | None:
    if bound is None:
        return None
    passed = int(from_bytes(TimestamptzType(), bound))
    try:
        return EPOCH + timedelta(microseconds=passed)
    except OverflowError:
        return _FIRST if passed < 0 else _LAST
