"""Which sessions new events make anew, and which stay as they are (docs/events-and-funnels.md)."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir

from components.retail.columns import INSTANT
from components.shell.counts import counted
from components.shell.engine import Engine, count, keep
from components.shell.errors import ContractError
from components.shop_sessions.cut import component_of, cut, renumbered
from components.shop_sessions.repeated import once
from components.shop_sessions.schemas import SESSIONS, STEPS
from components.shop_sessions.sessions import closed, steps_of, summed
from components.shop_sessions.settings import Settings
from components.shop_sessions.visits import microseconds, whole

KNOWN = ibis.schema({"visitor": "string", "event_id": "string", "occurred_at": INSTANT, "session_key": "string"})
"""Events that are in a session, with its key, and without one those that come to sessions now."""
_SAME = ("session_key", "events", "last_event", "is_closed")
# An id alone is also that of a copy which landed on another day, and is in no session.
_ID = ("visitor", "event_id")
_EVENT = (*_ID, "occurred_at")


@dataclass(frozen=True)
class Renewed:
    """The sessions made anew, their events, and key and visitor of the sessions that give way to them, or are gone.

    `cut_long` is of how many runs of events these are that lasted longer than a session may, and were cut at midnights.
    """

    sessions: ir.Table
    events: ir.Table
    replaced: ir.Table
    cut_long: int


@dataclass(frozen=True)
class Before:
    """The sessions `held` as the table has them, and the `known` events near the regions; None where all count.

    What landed too late is not known: it is in no session.
    """

    held: ir.Table
    known: ir.Table | None


def regions(new: ir.Table, settings: Settings) -> ir.Table:
    """Of each visitor with new events from when on and until when sessions may change because of them."""
    reach = whole(settings.reach)
    return new.group_by("visitor").agg(start=new["at"].min() - reach, end=new["at"].max() + reach)


def near(visits: ir.Table, around: ir.Table, settings: Settings) -> ir.Table:
    """The events from which all sessions within the visitors' regions follow, as far as they are touched.

    What reaches so far beyond a region lasts longer than a session may, and is cut at midnights whatever else there is.
    """
    reach = whole(settings.reach)
    joined = visits.inner_join(around, "visitor")
    nearby = joined.filter((joined["at"] >= joined.start - reach) & (joined["at"] <= joined.end + reach))
    return nearby.select(visits.columns)


def renew(  # noqa: PLR0917 - what it is made from
    backend: Engine, visits: ir.Table, around: ir.Table, before: Before, as_of: datetime, settings: Settings
) -> Renewed:
    """The sessions of events that come now, and of those in sessions within the regions, which give way.

    Sessions that reach beyond a region stay and keep their events, however these would be cut today: so no event is
    lost where a run has another gap than the one before, and none is in two sessions.

    Args:
        backend: Computes.
        visits: Events near the regions, all that are `near`.
        around: The regions.
        before: The sessions and events that there were.
        as_of: Instant of the run.
        settings: The parameters.

    Raises:
        ContractError: an event of a session that gives way would be in none.
    """
    # Where all events count, all sessions give way: those too whose events are gone, of visitors without a region.
    gone = before.held if before.known is None else within(before.held, around)
    replaced = keep(backend, "replaced", gone.select("session_key", "visitor"))
    counting = _counting(backend, visits, before)
    placed = _placed(backend, counting, before, replaced, settings)
    fresh = summed(placed, settings)
    sessions = keep(
        backend,
        "fresh_sessions",
        fresh.mutate(
            is_closed=closed(fresh.last_event, as_of, settings),
            started_at=fresh.first_event,
            loaded_as_of=ibis.literal(as_of, INSTANT),
        ),
    )
    long = count(backend, sessions.filter(sessions.part >= 0).select(*component_of(placed)).distinct())
    renewed = Renewed(sessions.select(SESSIONS.names), steps_of(placed, sessions).select(STEPS.names), replaced, long)
    _refuse_loss(backend, renewed, counting, before)
    return renewed


def _counting(backend: Engine, visits: ir.Table, before: Before) -> ir.Table:
    """The events that count, each once."""
    events = visits if before.known is None else visits.semi_join(before.known, _EVENT)
    each = events.group_by(_ID).agg(copies=events.count())
    # As good as never are there any, and to order all events for it would take longer than to count them.
    return once(events, *_ID) if count(backend, each.filter(each.copies > 1)) else events


def _placed(backend: Engine, counting: ir.Table, before: Before, replaced: ir.Table, settings: Settings) -> ir.Table:
    """The events that are cut anew; where they are cut follows from all that count."""
    placed = cut(backend, counting, settings)
    if before.known is None:
        return placed
    stay = before.held.anti_join(replaced, "session_key")
    staying = keep(backend, "staying", before.known.semi_join(stay, "session_key"))
    return renumbered(placed.anti_join(staying, _EVENT))


def _refuse_loss(backend: Engine, renewed: Renewed, counting: ir.Table, before: Before) -> None:
    """Nothing, if all events of sessions that give way, of those that count still, are in those made anew.

    Events that have been erased are gone with their sessions, whose tables may not have been reached by then.

    Raises:
        ContractError: they are not.
    """
    if before.known is None:
        return
    expected = before.known.semi_join(renewed.replaced, "session_key").semi_join(counting, _EVENT)
    lost = count(backend, expected.anti_join(renewed.events, _EVENT))
    if lost:
        raise ContractError(
            f"{counted(lost, 'event')} of sessions that are made anew would be in none", "report this: it cannot be"
        )


def within(sessions: ir.Table, around: ir.Table) -> ir.Table:
    """The sessions that lie within the regions of their visitors."""
    theirs = sessions.inner_join(around, "visitor")
    first, last = microseconds(theirs.first_event), microseconds(theirs.last_event)
    return theirs.filter((first >= theirs.start) & (last <= theirs.end)).select(sessions.columns)


def changed_days(renewed: Renewed, held: ir.Table, as_of: datetime, settings: Settings) -> ir.Table:
    """The days of UTC, as `day`, on which sessions begin that are new, other than before, gone, or closed by now."""
    differing = renewed.sessions.anti_join(held, _SAME)
    gone = held.semi_join(renewed.replaced, "session_key").anti_join(renewed.sessions, "session_key")
    closing = held.filter(~held.is_closed & closed(held.last_event, as_of, settings))
    days = [table.select(day=utc_day(table.first_event)) for table in (differing, gone, closing)]
    return ibis.union(*days, distinct=True)


def utc_day(at: ir.Value) -> ir.IntegerValue:
    """The days of UTC that instants lie on, as numbers from 1970 on."""
    return microseconds(at) // whole_day()


def whole_day() -> int:
    """The microseconds of a day of UTC."""
    return 24 * 60 * 60 * 1_000_000
