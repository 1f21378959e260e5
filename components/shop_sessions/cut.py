"""Where sessions begin and end (docs/events-and-funnels.md)."""

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine, keep
from components.shop_sessions.settings import Settings
from components.shop_sessions.visits import whole

_DAY = 24 * 60 * 60 * 1_000_000
KEY = ("unit", "component", "part")
"""What tells sessions apart while they are computed."""


def cut(backend: Engine, visits: ir.Table, settings: Settings) -> ir.Table:
    """The events, each with its session's `component` and `part`, its `place` in the unit, and when the `next` one is.

    A component is what no pause is too long in; it is one session, or where it lasts longer than a session may, one for
    each day of UTC that it has events on.
    """
    order = ibis.window(group_by=visits.unit, order_by=[visits.at, visits.event_id])
    ordered = visits.mutate(
        place=ibis.row_number().over(order), before=visits.at.lag().over(order), next=visits.at.lead().over(order)
    )
    begins = ordered.before.isnull() | (ordered.at - ordered.before > ordered.pause)
    so_far = ibis.window(group_by=ordered.unit, order_by=ordered.place, preceding=None, following=0)
    numbered = ordered.mutate(component=begins.cast("int64").sum().over(so_far)).drop("before", "pause")
    kept = keep(backend, "numbered", numbered)
    lasting = kept.group_by("unit", "component").agg(lasts=kept.at.max() - kept.at.min())
    long = lasting.filter(lasting.lasts > whole(settings.longest)).mutate(is_long=ibis.literal(True))
    joined = kept.left_join(long, ["unit", "component"])
    return joined.select(*kept.columns, part=joined.is_long.fill_null(False).ifelse(joined.at // _DAY, -1))
