"""The rows of the two tables, and what they are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir

from components.retail.accounts import faulty, reasons
from components.retail.codes import Codes, codes_of
from components.retail.lines import REMOVED, usable_lines
from components.retail.moment import Moment
from components.shell.engine import Backend, count, keep
from components.user_item_interactions.core import core
from components.user_item_interactions.pairs import PAIR, features, totals, varied
from components.user_item_interactions.settings import Settings
from components.user_item_interactions.signals import COLUMNS, accounted, events_by_fate, signals
from components.user_item_interactions.targets import targets

INSTANT = "!timestamp('UTC', 6)"
# Name and Ibis type, in the order of the table; a `!` marks a column that is never null.
PAIRS = ibis.schema(
    {
        "cut_at": INSTANT,
        "customer_id": "!string",
        "article_id": "!string",
        "purchase_count": "!int64",
        "purchase_days": "!int32",
        "total_spent": "!decimal(20, 9)",
        "avg_price_paid": "float64",
        "first_purchase_date": "date",
        "last_purchase_date": "date",
        "recency_days": "int32",
        "time_weighted_score": "!float64",
        "decayed_count": "!float64",
        "last_sales_channel": "int32",
        "views": "!int64",
        "carts": "!int64",
        "wishlists": "!int64",
        "in_core": "!boolean",
    }
)
TARGETS = ibis.schema(
    {
        "cut_at": INSTANT,
        "customer_id": "!string",
        "article_id": "!string",
        "bought_count": "!int64",
        "first_bought": "!date",
        "is_repeat": "!boolean",
        "customer_known": "!boolean",
        "article_known": "!boolean",
        "settled_at": INSTANT,
    }
)
_NOTHING = ("purchase_count", "purchase_days", "total_spent", "time_weighted_score", "decayed_count")
"""What is 0 of a pair that was looked at and never bought."""


@dataclass(frozen=True)
class Made:
    """What comes of a shop's transactions and events at a cut; `events` says what became of these, if they count.

    `totals` are those of the `lines` by pair, which all else of the pairs rests on.
    """

    lines: ir.Table
    totals: ir.Table
    pairs: ir.Table
    targets: ir.Table
    rejected: ir.Table
    reasons: Mapping[str, int]
    events: Mapping[str, Any] = field(default_factory=dict)


def make(backend: Backend, transactions: ir.Table, events: ir.Table | None, moment: Moment, settings: Settings) -> Made:
    """What comes of these transactions and events."""
    checked = usable_lines(transactions, moment.day, moment.as_of, moment.timezone, partial(keep, backend))
    fates = None if events is None else keep(backend, "events", events_by_fate(events, moment, settings))
    signal_counts = None if fates is None else keep(backend, "signals", signals(fates))
    codes = codes_of(backend, transactions, *(() if signal_counts is None else (signal_counts,)))
    coded = codes.coded(checked.usable).select(*PAIR, "day", "price", "quantity", channel="sales_channel_id")
    lines = keep(backend, "lines", coded)
    pair_totals = keep(backend, "totals", totals(lines))
    more = keep(backend, "varied", varied(lines, pair_totals, settings.tau_days))
    pair_features = features(pair_totals, more, moment.day, settings.tau_days)
    return Made(
        lines=lines,
        totals=pair_totals,
        pairs=_pairs(backend, codes, pair_features, signal_counts, moment, settings),
        targets=_targets(backend, codes, lines, moment, settings.horizon_days),
        rejected=faulty(checked.rejected, REMOVED),
        reasons=reasons(backend, checked.rejected),
        events={} if fates is None else accounted(backend, fates),
    )


def _pairs(  # noqa: PLR0917 - all of them are needed
    backend: Backend, codes: Codes, pairs: ir.Table, signal_counts: ir.Table | None, moment: Moment, settings: Settings
) -> ir.Table:
    if signal_counts is None:
        pairs = pairs.mutate(**{name: ibis.literal(0) for name in COLUMNS.values()})
    else:
        # Held, for Ibis 12 would compute these columns behind the outer join, of rows that are not theirs.
        pairs = _with_signals(keep(backend, "bought", pairs), codes.coded(signal_counts), settings)
    pairs = _with_core(backend, pairs, settings)
    # In about this order, which the joins keep, files are a third smaller, and readers of one customer skip most.
    return codes.decoded(pairs.order_by(PAIR)).mutate(cut_at=ibis.literal(moment.cut)).select(*PAIRS.names)


def _with_signals(bought: ir.Table, signal_counts: ir.Table, settings: Settings) -> ir.Table:
    """The pairs with their signals; those that were never bought are rows where one of the signals was asked for."""
    requested = [COLUMNS[name] for name in settings.of_events]
    wanted = signal_counts.filter(ibis.or_(*(signal_counts[name] > 0 for name in requested)))
    joined = bought.outer_join(wanted, PAIR, rname="seen_{name}")
    keys = {name: ibis.coalesce(joined[name], joined[f"seen_{name}"]) for name in PAIR}
    zeros = {name: joined[name].fill_null(0) for name in _NOTHING}
    counted = {name: joined[name].fill_null(0) if name in requested else ibis.literal(0) for name in COLUMNS.values()}
    return joined.mutate(**keys, **zeros, **counted).select(*bought.columns, *COLUMNS.values())


def _with_core(backend: Backend, pairs: ir.Table, settings: Settings) -> ir.Table:
    """The pairs with `in_core`, which is found among them alone: no other cut, and nothing after this one, plays in."""
    if max(settings.core_users, settings.core_items) <= 1:
        return pairs.mutate(in_core=ibis.literal(True))
    pairs = keep(backend, "pairs", pairs)
    left = core(
        pairs.select(*PAIR),
        settings.core_users,
        settings.core_items,
        lambda name, table: keep(backend, name, table),
        lambda table: count(backend, table),
    )
    joined = pairs.left_join(left.mutate(stays=True), PAIR)
    return joined.select(*pairs.columns, in_core=joined.stays.fill_null(False))


def _targets(backend: Backend, codes: Codes, lines: ir.Table, moment: Moment, horizon_days: int) -> ir.Table:
    """What was bought from the cut on that lies so many days before, which has settled at this one."""
    since = moment.before(horizon_days)
    # Held, for else the ids of all lines are looked up before it is found out which of them are few customers'.
    bought = codes.decoded(keep(backend, "targets", targets(lines, since.day, horizon_days)))
    at = {"cut_at": ibis.literal(since.cut), "settled_at": ibis.literal(moment.cut)}
    return bought.mutate(**at).select(*TARGETS.names)
