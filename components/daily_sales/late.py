"""Lines that became known too late: after the last run that filled their day."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.iceberg.lateness import Past
from components.shell.engine import Backend

_INSTANT = pa.timestamp("us", "UTC")
_PARTS = pa.schema([("start", _INSTANT), ("end", _INSTANT), ("since", _INSTANT)])


def too_late(backend: Backend, lines: ir.Table, days: ir.Table, past: Past) -> ir.Table:
    """Of each day that the table holds, and this run does not fill, how many `lines` became known since it was."""
    parts = [{"start": one.start, "end": one.end, "since": one.since} for one in past.parts]
    filled = backend.given("parts", pa.Table.from_pylist(parts, _PARTS))
    known = lines.filter(lines.known_at.notnull()).inner_join(days.select("date", "day_at"), lines.day == days.date)
    during = [known.day_at >= filled.start, known.day_at < filled.end, known.known_at > filled.since]
    late = known.inner_join(filled, during)
    return late.group_by("date").agg(lines=late.count()).order_by("date")


def touched(days: ir.Table, since: ir.Value, before: int) -> ir.Table:
    """The days from `since` to the one `before` which the interval begins, whose rows a line too late would change.

    That is all of them, for a price or the age of a series stays in its rows for as long as it lasts.
    """
    stale = days.filter((days.date >= since) & (days.day < before))
    return stale.select(uploaded_at=stale.day_at, reopened=ibis.literal(False)).order_by("uploaded_at")
