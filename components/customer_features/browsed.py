"""What customers have looked at, put into carts and wished for by a cut."""

from collections.abc import Mapping
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from components.retail import behaviour
from components.retail.behaviour import kind_of
from components.retail.kinds import COUNTS
from components.retail.moment import Moment

_ALL = "session_events"
_LATELY = timedelta(days=30)


def counted(events: ir.Table, moment: Moment, event_types: Mapping[str, str]) -> ir.Table:
    """Of each customer how many events there are of each kind, by the cut and in the 30 days before it."""
    typed = events.mutate(kind=kind_of(events.event_type, event_types))
    lately = typed.created_at > ibis.literal(moment.cut - _LATELY)
    counts = {_ALL: typed.count(), f"{_ALL}_30d": typed.count(where=lately)}
    for kind, name in COUNTS.items():
        counts |= {
            name: typed.count(where=typed.kind == kind),
            f"{name}_30d": typed.count(where=(typed.kind == kind) & lately),
        }
    return typed.group_by("customer").agg(**counts)


def rates(counts: ir.Table) -> dict[str, ir.Value]:
    """The features that follow from the counts, all null where they would be divided by 0."""
    return {"cart_additions": counts.carts, **behaviour.rates(counts)}
