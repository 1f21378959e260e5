"""How far units come in a funnel (docs/events-and-funnels.md)."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from components.shop_sessions.funnels import ANY, APART, ORDERED, Funnel
from components.shop_sessions.visits import whole

_SECOND = 1_000_000
_NEVER = -(1 << 62)

ENTERS = "enters"


def reached(events: ir.Table, funnel: Funnel, unit: Sequence[str]) -> ir.Table:
    """Of each unit with any step of the funnel how many `steps` it has taken, and `seconds_1` on how long each took.

    `events` have the columns of `unit`, and `event_id`, `kind`, `at` in microseconds and the funnel's properties; where
    they have `enters` too, chains begin with those alone of which it is true. What a step took is the time since the
    first one, in the chain that gets there earliest, and of these that which began last.
    """
    rows, group = _rows(events, funnel, unit)
    taken = _unordered(rows, funnel, group) if funnel.order == ANY else _chained(rows, funnel, group)
    # Chains of several groups may get to a step at the same instant.
    firsts = taken.group_by([*unit, "step", "at"]).agg(took=taken.took.min())
    each = {f"seconds_{step}": _took(firsts, step) for step in range(1, len(funnel.steps) + 1)}
    return firsts.group_by(unit).agg(steps=firsts.step.max().cast("int32"), **each)


def _took(taken: ir.Table, step: int) -> ir.Value:
    return taken.took.argmin(taken["at"], where=taken.step == step) / _SECOND


def _rows(events: ir.Table, funnel: Funnel, unit: Sequence[str]) -> tuple[ir.Table, list[str]]:
    """The events that are steps, numbered from 1, and the columns within whose values a chain stays."""
    last = len(funnel.steps) + 1
    numbers = [*((kind, step) for step, kind in enumerate(funnel.steps, 1)), *((kind, last) for kind in funnel.exclude)]
    table = events.mutate(step=events.kind.cases(*numbers, else_=0))
    table = table.filter((table.step > 0), *(table[name].notnull() for name in funnel.same))
    group = [*unit, *funnel.same]
    if not funnel.exclude:
        return table, group
    # No chain goes on behind an excluded event: what lies between two of them stands for itself.
    before = ibis.window(group_by=group, order_by=_order(table), preceding=None, following=0)
    apart = table.mutate(stretch=(table.step == last).cast("int64").sum().over(before))
    return apart.filter(apart.step < last), [*group, "stretch"]


def _order(table: ir.Table) -> list[ir.Value]:
    return [table["at"], table.step, table.event_id]


def _chained(rows: ir.Table, funnel: Funnel, group: Sequence[str]) -> ir.Table:
    """The events that take their step, with what it took since the latest first step that leads to it.

    Of all chains that lead to an event, the one that begins last lies within the window if any does. So a pass over the
    order of events for each step says when that began.
    """
    table = rows.mutate(entry=((rows.step == 1) & _enters(rows)).ifelse(rows["at"], ibis.null("int64")))
    for step in range(2, len(funnel.steps) + 1):
        entries = (table.step == step - 1).ifelse(table.entry, ibis.null("int64"))
        entry = entries.max().over(_before(table, funnel, group))
        found = (table.step == step) & _within(table["at"] - entry, funnel)
        if funnel.ties == APART and funnel.order != ORDERED:
            found &= table["at"] > table["at"].lag().over(ibis.window(group_by=list(group), order_by=_order(table)))
        table = table.mutate(entry=found.ifelse(entry, table.entry))
    taken = table.filter(table.entry.notnull())
    return taken.mutate(took=taken["at"] - taken.entry)


def _enters(rows: ir.Table) -> ir.BooleanValue:
    """Whether a chain may begin with the event."""
    return rows[ENTERS] if ENTERS in rows.columns else ibis.literal(True)


def _before(table: ir.Table, funnel: Funnel, group: Sequence[str]) -> ibis.expr.builders.WindowBuilder:
    """Where the step before may stand."""
    if funnel.order != ORDERED:
        return ibis.window(group_by=list(group), order_by=_order(table), preceding=(1, 1))
    if funnel.ties == APART:
        return ibis.range_window(group_by=list(group), order_by=table["at"], preceding=(None, 1))
    return ibis.window(group_by=list(group), order_by=_order(table), preceding=(None, 1))


def _within(took: ir.IntegerValue, funnel: Funnel) -> ir.BooleanValue:
    return took.notnull() if funnel.window is None else (took <= whole(funnel.window)).fill_null(False)


def _unordered(rows: ir.Table, funnel: Funnel, group: Sequence[str]) -> ir.Table:
    """For each event and each number of steps that are there by then: how long it took to have so many."""
    up_to = ibis.window(group_by=list(group), order_by=_order(rows), preceding=None, following=0)
    steps = range(1, len(funnel.steps) + 1)
    last = [(rows.step == step).ifelse(rows["at"], _NEVER).max().over(up_to) for step in steps]
    latest = _enters(rows).ifelse(rows["at"], _NEVER).max().over(up_to)
    table = rows.mutate(lasts=ibis.array(last).sort(), latest=latest)
    each = []
    for step in steps:
        # The step that was taken longest ago of the last so many, or the last one with which a chain may begin.
        entry = ibis.least(table.lasts[len(funnel.steps) - step], table.latest)
        found = table.mutate(step=ibis.literal(step, "int8"), entry=entry)
        found = found.filter((found.entry > _NEVER) & _within(found["at"] - found.entry, funnel))
        each.append(found.mutate(took=found["at"] - found.entry).drop("lasts", "latest"))
    return ibis.union(*each) if len(each) > 1 else each[0]
