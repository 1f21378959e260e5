"""An event that landed a second time with another time: sessions have it once, as it became known first."""

import ibis
import ibis.expr.types as ir

from components.shop_sessions.visits import microseconds

_SAME = ("event_id", "occurred_at")


def once(events: ir.Table, *by: str) -> ir.Table:
    """The events, of those that are alike in these columns the one that became known first."""
    known_at = microseconds(events.occurred_at) + events.late
    order = ibis.window(group_by=list(by), order_by=[known_at, events.occurred_at])
    return events.mutate(copy=ibis.row_number().over(order)).filter(ibis._.copy == 0).drop("copy")


def unrepeated(coming: ir.Table, there: ir.Table) -> ir.Table:
    """The events that come, each id once, without those that are `there`, in sessions, with another time.

    Those with the same time are what a run has left that died between its commits.
    """
    elsewhere = coming.semi_join(there, "event_id").anti_join(there, _SAME)
    return once(coming.anti_join(elsewhere, _SAME), "event_id")
