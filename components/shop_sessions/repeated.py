"""An event that landed a second time with another time: sessions have it once, as it became known first."""

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine, keep
from components.shell.pieces import Pieces
from components.shop_sessions.parts import piece_of
from components.shop_sessions.visits import microseconds

_SAME = ("event_id", "occurred_at")
_EVENT = ("visitor", *_SAME)


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


def copies(backend: Engine, events: ir.Table, pieces: int) -> ir.Table:
    """The few events, as `visitor`, `event_id` and `occurred_at`, whose id one has that became known before.

    Whoever's that one is: all are looked through by their ids, in so many pieces, for all ids do not fit into memory.
    """
    candidates = events.select(*_EVENT, "late")
    by_id = Pieces(backend, "by_id", candidates.schema())
    by_id.add(candidates, piece_of(candidates.event_id, pieces))
    repeats = Pieces(backend, "copies", candidates.select(*_EVENT).schema())
    for number in by_id.rows():
        rows = by_id.of([number])
        each = rows.group_by("event_id").agg(copies=rows.count())
        alike = keep(backend, "alike", rows.semi_join(each.filter(each.copies > 1), "event_id"))
        repeats.add(alike.anti_join(once(alike, "event_id"), _EVENT), ibis.literal(0))
    return repeats.all()


def without_copies(events: ir.Table, those: ir.Table) -> ir.Table:
    """The events without these."""
    return events.anti_join(those, _EVENT)
