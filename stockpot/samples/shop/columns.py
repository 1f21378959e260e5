"""Columns as the shop's tables have them, out of whole numbers."""

from datetime import UTC, datetime, time

import numpy as np
import pyarrow as pa

from stockpot.samples.shop.draw import Numbers
from stockpot.samples.shop.scale import Scale

_DAY = 86_400_000_000


def money(cents: Numbers) -> pa.Array:
    """Amounts with two digits behind the point, exactly: the same whole numbers, read as hundredths."""
    whole = pa.array(cents).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(10, 2), len(whole), whole.buffers())


def instants(scale: Scale, days: Numbers, microseconds: Numbers) -> pa.Array:
    """Instants by number of the day and microseconds into it."""
    opened = int(datetime.combine(scale.opened, time(), UTC).timestamp()) * 1_000_000
    return pa.array(opened + days * _DAY + microseconds, pa.timestamp("us", "UTC"))


def dates(scale: Scale, days: Numbers) -> pa.Array:
    """Dates by number of the day."""
    opened = (scale.opened - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    return pa.array((opened + days).astype(np.int32), pa.int32()).cast(pa.date32())
