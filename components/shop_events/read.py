"""Rows of a shop's table of events as events that can land, and those that are none."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir

from components.retail.accounts import reasons
from components.retail.columns import INSTANT, column, instant, key_or_nulls
from components.shell import datasets
from components.shell.as_json import as_json
from components.shell.engine import count, engine, keep, write
from components.shell.summary import Summary

SOURCE = "postgres:events"
"""What stands for a topic in the table of events and in its receipts."""
MEMORY = "1GB"
EVENTS = ibis.schema(
    {
        "topic": "!string", "partition": "!int32", "offset": "!int64", "event_type": "!string",
        "event_id": "!string", "session_id": "string", "customer_id": "string", "anonymous_id": "string",
        "article_id": "string", "campaign_id": "string", "order_id": "string", "event_time": f"!{INSTANT}",
        "known_at": f"!{INSTANT}",
    }
)  # fmt: skip
REJECTED = ibis.schema({"event_id": "string", "reason": "!string", "row": "!string"})
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_KEYS = ("customer_id", "article_id")
_TEXTS = ("session_id", "anonymous_id", "campaign_id", "order_id")


@dataclass(frozen=True)
class Moment:
    """The instant of the run, how far ahead of it an event may lie, the zone of timestamps without one, and bounds.

    Rows before `since` and from `until` on are left out; where there is a bound, those without a time are too.
    """

    as_of: datetime
    ahead: timedelta
    timezone: str
    since: datetime | None = None
    until: datetime | None = None


def read(raw: Path, moment: Moment, events: Path, rejected: Path) -> Summary:
    """What was done: events and rejected rows are written.

    Raises:
        ConfigurationError: ids of customers or articles are numbers.
    """
    directory = raw / "events"
    with engine(MEMORY) as backend:
        asked = _within(backend.read_parquet(datasets.files(directory)), moment)
        validated = keep(backend, "judged", _with_reasons(asked, moment))
        total = count(backend, validated)
        taken = validated.filter(validated.reason.isnull())
        numbered = taken.mutate(offset=ibis.row_number().over(order_by=[taken.event_time, taken.event_id]))
        rows = write(backend, numbered.select(EVENTS.names).order_by("offset"), EVENTS, events).rows
        others = validated.filter(validated.reason.notnull())
        write(backend, others.select(REJECTED.names).order_by("event_id", "row"), REJECTED, rejected)
        reason_counts = reasons(backend, others)
    later = reason_counts.pop("not_yet_known", 0)
    details = {
        "rejected": reason_counts,
        "filtered": {"not_yet_known": later},
        "first_rejected": next(iter(reason_counts), ""),
    }
    return Summary(total, rows, sum(reason_counts.values()), details)


def _within(raw: ir.Table, moment: Moment) -> ir.Table:
    """The rows of the time that is read: Postgres is asked for no others, files are copied whole."""
    created = instant(raw, "created_at", moment.timezone)
    bounds = []
    if moment.since is not None:
        bounds.append(created >= ibis.literal(moment.since, INSTANT))
    if moment.until is not None:
        bounds.append(created < ibis.literal(moment.until, INSTANT))
    return raw.filter(bounds) if bounds else raw


def _with_reasons(raw: ir.Table, moment: Moment) -> ir.Table:
    as_of = ibis.literal(moment.as_of, INSTANT)
    table = raw.select(
        topic=ibis.literal(SOURCE),
        partition=ibis.literal(0, "int32"),
        event_type=column(raw, "event_type", "string").fill_null(""),
        event_id=column(raw, "event_id", "string"),
        **{name: key_or_nulls(raw, name) for name in _KEYS},
        **{name: column(raw, name, "string") for name in _TEXTS},
        event_time=instant(raw, "created_at", moment.timezone),
        known_at=instant(raw, "known_at", moment.timezone).fill_null(as_of),
        row=as_json(ibis.struct({name: raw[name] for name in raw.columns})),
    )
    ahead = table.known_at + ibis.interval(seconds=int(moment.ahead.total_seconds()))
    return table.mutate(
        reason=ibis.cases(
            (table.known_at > as_of, "not_yet_known"),
            (table.event_id.isnull(), "event_id_null"),
            (table.event_time.isnull(), "time_null"),
            (table.event_time > ahead, "future"),
            (table.event_time < ibis.literal(_BEGINNING, INSTANT), "before_2000"),
            else_=ibis.null("string"),
        )
    )
