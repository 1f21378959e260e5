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
    they have `enters` too, chains begin with those alone of which it is true. What steps took is the time since the
    first one, all in one chain: of those that get furthest the one that gets there earliest, and of these the one that
    began last.
    """
    rows, group = _rows(events, funnel, unit)
    chains = _unordered(rows, funnel, group) if funnel.order == ANY else _chained(rows, funnel, group)
    last = len(funnel.steps)
    times = [chains[f"at_{step}"] for step in range(1, last + 1)]
    # Those of several groups may begin and end alike: of these the one whose steps come earliest.
    order = ibis.array([-chains.steps, ibis.greatest(*times), -chains.entry, *times])
    best = chains.group_by(unit).agg(best=order.min())
    each = {f"seconds_{step}": (best.best[2 + step] + best.best[2]) / _SECOND for step in range(1, last + 1)}
    return best.select(*unit, steps=(-best.best[0]).cast("int32"), **each)


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
    """Chains by the instant of their `entry`: how many `steps` they take, and when, in `at_1` on.

    Of all chains that lead to an event, the one that begins last lies within the window if any does. So a pass over the
    order of events for each step says when that began; and where it is the best of its unit, no later one leads to any
    of its steps.
    """
    table = rows.mutate(entry=((rows.step == 1) & _enters(rows)).ifelse(rows["at"], ibis.null("int64")))
    for step in range(2, len(funnel.steps) + 1):
        entries = (table.step == step - 1).ifelse(table.entry, ibis.null("int64"))
        entry = entries.max().over(_before(table, funnel, group))
        is_step = (table.step == step) & _within(table["at"] - entry, funnel)
        if funnel.ties == APART and funnel.order != ORDERED:
            is_step &= table["at"] > table["at"].lag().over(ibis.window(group_by=list(group), order_by=_order(table)))
        table = table.mutate(entry=is_step.ifelse(entry, table.entry))
    taken = table.filter(table.entry.notnull())
    times = {f"at_{step}": taken["at"].min(where=taken.step == step) for step in range(1, len(funnel.steps) + 1)}
    return taken.group_by([*group, "entry"]).agg(steps=taken.step.max().cast("int64"), **times)


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
    """Of each group its best chain, with the columns of `_chained`."""
    ends = _ends(rows, funnel, group)
    theirs = rows.inner_join(ends, group)
    theirs = theirs.filter((theirs["at"] >= theirs.entry) & (theirs["at"] <= theirs.end))
    chain = [*group, "entry", "steps"]
    firsts = theirs.group_by([*chain, "step"]).agg(at=theirs["at"].min())
    ordered = firsts.group_by(chain).agg(times=firsts["at"].collect())
    times = ordered.times.sort()
    return ordered.select(*chain, **{f"at_{step}": times[step - 1] for step in range(1, len(funnel.steps) + 1)})


def _ends(rows: ir.Table, funnel: Funnel, group: Sequence[str]) -> ir.Table:
    """Of each group the most `steps` that are there in whatever order, the first `end` of so many, and its `entry`."""
    up_to = ibis.window(group_by=list(group), order_by=_order(rows), preceding=None, following=0)
    steps = range(1, len(funnel.steps) + 1)
    last = [(rows.step == step).ifelse(rows["at"], _NEVER).max().over(up_to) for step in steps]
    latest = _enters(rows).ifelse(rows["at"], _NEVER).max().over(up_to)
    table = rows.mutate(lasts=ibis.array(last).sort(), latest=latest)
    each = []
    for step in steps:
        # The step that was taken longest ago of the last so many, or the last one with which a chain may begin.
        entry = ibis.least(table.lasts[len(funnel.steps) - step], table.latest)
        endings = table.filter((entry > _NEVER) & _within(table["at"] - entry, funnel))
        each.append(endings.select(*group, sort_key=ibis.array([ibis.literal(-step, "int64"), endings["at"], -entry])))
    every = ibis.union(*each) if len(each) > 1 else each[0]
    best = every.group_by(group).agg(sort_key=every.sort_key.min())
    return best.select(*group, steps=-best.sort_key[0], end=best.sort_key[1], entry=-best.sort_key[2])
