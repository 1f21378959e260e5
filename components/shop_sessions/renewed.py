"""Which sessions new events make anew, and which stay as they are (docs/events-and-funnels.md)."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir

from components.retail.columns import INSTANT
from components.shell.engine import Engine, keep
from components.shop_sessions.cut import cut
from components.shop_sessions.schemas import SESSIONS, STEPS
from components.shop_sessions.sessions import closed, steps_of, summed
from components.shop_sessions.settings import Settings
from components.shop_sessions.visits import microseconds, whole

_SAME = ("session_key", "events", "last_event", "is_closed")


@dataclass(frozen=True)
class Renewed:
    """The sessions made anew, their events, and key and visitor of the sessions that give way to them, or are gone."""

    sessions: ir.Table
    events: ir.Table
    replaced: ir.Table


def regions(new: ir.Table, settings: Settings) -> ir.Table:
    """Of each visitor with new events from when on and until when sessions may change because of them."""
    reach = whole(settings.reach)
    return new.group_by("visitor").agg(start=new["at"].min() - reach, end=new["at"].max() + reach)


def near(visits: ir.Table, around: ir.Table, settings: Settings) -> ir.Table:
    """The events from which all sessions within the visitors' regions can be told, as far as they are touched.

    What reaches so far beyond a region lasts longer than a session may, and is cut at midnights whatever else there is.
    """
    reach = whole(settings.reach)
    joined = visits.inner_join(around, "visitor")
    found = joined.filter((joined["at"] >= joined.start - reach) & (joined["at"] <= joined.end + reach))
    return found.select(visits.columns)


def renew(  # noqa: PLR0917 - what it is made from
    backend: Engine, visits: ir.Table, around: ir.Table, held: ir.Table, as_of: datetime, settings: Settings
) -> Renewed:
    """The sessions within the regions as these events, which are all `near` ones, make them.

    Args:
        backend: Computes.
        visits: Events near the regions.
        around: The regions.
        held: Sessions as the table has them; those within the regions give way.
        as_of: Instant of the run.
        settings: The parameters.
    """
    placed = cut(backend, visits, settings)
    inside = within(summed(placed, settings), around)
    sessions = keep(
        backend,
        "fresh_sessions",
        inside.mutate(
            is_closed=closed(inside.last_event, as_of, settings),
            started_at=inside.first_event,
            loaded_as_of=ibis.literal(as_of, INSTANT),
        ),
    )
    replaced = keep(backend, "replaced", within(held, around).select("session_key", "visitor"))
    return Renewed(sessions.select(SESSIONS.names), steps_of(placed, sessions).select(STEPS.names), replaced)


def within(sessions: ir.Table, around: ir.Table) -> ir.Table:
    """The sessions that lie within the regions of their visitors."""
    theirs = sessions.inner_join(around, "visitor")
    first, last = microseconds(theirs.first_event), microseconds(theirs.last_event)
    return theirs.filter((first >= theirs.start) & (last <= theirs.end)).select(sessions.columns)


def changed_days(found: Renewed, held: ir.Table, as_of: datetime, settings: Settings) -> ir.Table:
    """The days of UTC, as `day`, on which sessions begin that are new, other than before, gone, or closed by now."""
    differing = found.sessions.anti_join(held, _SAME)
    gone = held.semi_join(found.replaced, "session_key").anti_join(found.sessions, "session_key")
    closing = held.filter(~held.is_closed & closed(held.last_event, as_of, settings))
    days = [table.select(day=utc_day(table.first_event)) for table in (differing, gone, closing)]
    return ibis.union(*days, distinct=True)


def utc_day(at: ir.Value) -> ir.IntegerValue:
    """The days of UTC that instants lie on, as numbers from 1970 on."""
    return microseconds(at) // whole_day()


def whole_day() -> int:
    """The microseconds of a day of UTC."""
    return 24 * 60 * 60 * 1_000_000
