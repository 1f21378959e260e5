"""Where sessions begin and end (docs/events-and-funnels.md)."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine, keep
from components.shop_sessions.settings import GAP, GIVEN, Settings
from components.shop_sessions.visits import PLACED, microseconds, whole

_DAY = 24 * 60 * 60 * 1_000_000
_OF_UNITS = ("visitor", "given")


def key_of(events: ir.Table) -> list[str]:
    """The columns that identify sessions while they are computed, of what `cut` has placed."""
    return [*component_of(events), "part"]


def component_of(events: ir.Table) -> list[str]:
    """The columns that identify a component, in which no pause is too long, of what `cut` has placed."""
    return [*_unit(events), "component"]


def renumbered(events: ir.Table) -> ir.Table:
    """Events that `cut` has placed, of which some have been taken out, with `index` and `next` of those left."""
    order = ibis.window(group_by=key_of(events), order_by=events.index)
    return events.mutate(index=ibis.row_number().over(order), next=microseconds(events.occurred_at).lead().over(order))


def _unit(events: ir.Table) -> list[str]:
    """The columns of the unit within which sessions are."""
    return [name for name in _OF_UNITS if name in events.columns]


def cut(backend: Engine, visits: ir.Table, settings: Settings) -> ir.Table:
    """The events, each with its session's `component` and `part`, its `index` in the unit, and when the `next` one is.

    A unit is a visitor, or what they do in a given session. A component is what no pause is too long in; it is one
    session, or where it lasts longer than a session may, one for each day of UTC that it has events on.
    """
    events = visits.select(*PLACED)
    if settings.session_mode != GAP:
        events = events.mutate(given=events.session_id.fill_null(""))
    unit = _unit(events)
    order = ibis.window(group_by=unit, order_by=[events.occurred_at, events.event_id])
    at = microseconds(events.occurred_at)
    ordered = events.mutate(
        index=ibis.row_number().over(order), before=at.lag().over(order), next=at.lead().over(order)
    )
    rest = microseconds(ordered.occurred_at) - ordered.before
    begins = ordered.before.isnull() | (rest > _longest_pause(ordered, settings))
    so_far = ibis.window(group_by=unit, order_by=ordered.index, preceding=None, following=0)
    # Its first index is a component's number: the engine would have a count in twice as many bytes.
    component = begins.ifelse(ordered.index, ibis.null("int64")).max().over(so_far)
    numbered = keep(backend, "numbered", ordered.mutate(component=component).drop("before"))
    return _parted(numbered, keep(backend, "long", _long(numbered, unit, settings)))


def _long(events: ir.Table, unit: Sequence[str], settings: Settings) -> ir.Table:
    """The few components that last longer than a session may."""
    each = events.group_by([*unit, "component"])
    lasting = each.agg(first=events.occurred_at.min(), last=events.occurred_at.max())
    lasts = microseconds(lasting.last) - microseconds(lasting["first"])
    return lasting.filter(lasts > whole(settings.longest)).drop("first", "last").mutate(is_long=ibis.literal(True))


def _parted(events: ir.Table, long: ir.Table) -> ir.Table:
    """The events with the `part` of their component that they are in."""
    joined = events.left_join(long, [name for name in long.columns if name != "is_long"])
    marked = joined.select(*events.columns, "is_long")
    day = microseconds(marked.occurred_at) // _DAY
    return marked.mutate(part=marked.is_long.fill_null(False).ifelse(day, -1)).drop("is_long")


def _longest_pause(events: ir.Table, settings: Settings) -> ir.IntegerValue:
    gap = ibis.literal(whole(settings.gap), "int64")
    if settings.session_mode != GIVEN:
        return gap
    return events.session_id.notnull().ifelse(whole(settings.longest_pause), gap)
