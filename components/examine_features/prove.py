"""The proof that splits do not overlap and that no feature knows the future or its own target."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from components.feed.features import ORDER, SCHEMA, features
from components.feed.read import MEMORY, Feed, read, read_feed
from components.feed.splits import SPLIT, SPLITS
from components.shell.compute import engine, named
from components.shell.counts import counted
from components.shell.engine import Backend, keep, records
from components.shell.errors import ContractError
from components.shell.instants import format_instant

_GIVEN = ("interaction_id", "user_id", "item_id", "timestamp", "click")
FEATURES = tuple(name for name in SCHEMA.names if name not in _GIVEN)
Features = Callable[[ir.Table, ir.Table, ir.Table], ir.Table]


def prove_datasets(interactions: Path, users: Path, items: Path, rows: Path) -> dict[str, Any]:
    """What was shown of the dataset `rows`, whose features are computed again from the three others, and by whom.

    Raises:
        ContractError: a dataset is incomplete, a column is missing, splits overlap, or a feature leaks.
    """
    with engine(MEMORY) as backend:
        feed = read_feed(backend, interactions, users, items)
        shown = prove(backend, feed, read(backend, rows, ibis.schema({**SCHEMA, SPLIT: "string"})))
        return {**shown, **named(backend)}


def prove(backend: Backend, feed: Feed, rows: ir.Table, compute: Features = features) -> dict[str, Any]:
    """What was shown: the bounds of the splits and how many rows came out the same without the future.

    Raises:
        ContractError: splits overlap, or a feature changes when what it must not know is changed.
    """
    splits = ordered_splits(backend, rows)
    cut = splits["val"]["first"]
    known = before_and_next(feed.interactions, cut)
    again = keep(backend, "again", compute(known, feed.users, feed.items))
    compared = _compare(backend, again, rows, cut)
    if leak := next((name for name in FEATURES if compared[name]), None):
        raise ContractError(
            f"feature {leak} leaks: without the future, another value is in"
            f" {compared[leak]:,} of {counted(compared['rows'], 'row')}",
            "let it use nothing but what lies strictly before its row",
        )
    return {
        "rows": sum(split["rows"] for split in splits.values()),
        "splits": {name: _written(split) for name, split in splits.items()},
        "future_cut_off_at": format_instant(cut),
        "rows_unchanged_without_the_future": compared["rows"] - compared["probes"],
        "rows_unchanged_with_their_own_target_flipped": compared["probes"],
        "features": list(FEATURES),
    }


def ordered_splits(backend: Backend, rows: ir.Table) -> dict[str, dict[str, Any]]:
    """Rows, first and last instant of each split.

    Raises:
        ContractError: a split is missing, or does not lie wholly after the one before it.
    """
    bounds = rows.group_by(SPLIT).agg(rows=rows.count(), first=rows.timestamp.min(), last=rows.timestamp.max())
    splits = {row.pop(SPLIT): row for row in records(backend, bounds)}
    if set(splits) != set(SPLITS):
        raise ContractError(f"the splits are {sorted(map(str, splits))}", f"they must be {', '.join(SPLITS)}")
    for before, after in pairwise(SPLITS):
        if splits[before]["last"] >= splits[after]["first"]:
            last, first = format_instant(splits[before]["last"]), format_instant(splits[after]["first"])
            raise ContractError(
                f"{before} lasts until {last} and {after} begins at {first}", "cut between two instants"
            )
    return {name: splits[name] for name in SPLITS}


def before_and_next(interactions: ir.Table, cut: datetime) -> ir.Table:
    """The interactions from before the cut, and the next one of a user and an item with its outcome turned round.

    An interaction since the cut is kept when it is the first both of its user and of its item: its features then rest
    on what lies before the cut alone, and its click and dwell time must not matter to them.
    """
    since = interactions.filter(interactions.timestamp >= ibis.literal(cut))
    first = {key: ibis.row_number().over(group_by=key, order_by=list(ORDER)) == 0 for key in ("user_id", "item_id")}
    probes = since.mutate(of_user=first["user_id"], of_item=first["item_id"])
    probes = probes.filter(probes.of_user & probes.of_item).select(*interactions.columns)
    turned = probes.mutate(click=(1 - probes.click).cast("int32"), dwell_time=probes.dwell_time + 1)
    return interactions.filter(interactions.timestamp < ibis.literal(cut)).union(turned)


def _compare(backend: Backend, again: ir.Table, rows: ir.Table, cut: datetime) -> dict[str, int]:
    """Over the rows computed again: how many there are, how many since the cut, and per feature how many differ."""
    joined = again.inner_join(rows, "interaction_id", rname="given_{name}")
    differ = {name: ~joined[name].identical_to(joined[f"given_{name}"]) for name in FEATURES}
    counts = {"probes": joined.timestamp >= ibis.literal(cut), **differ}
    (counted_rows,) = records(
        backend, joined.agg(rows=joined.count(), **{name: joined.count(where=is_so) for name, is_so in counts.items()})
    )
    (total,) = records(backend, again.agg(rows=again.count()))
    if missing := total["rows"] - counted_rows["rows"]:
        raise ContractError(
            counted(missing, "interaction has no row of its own", "interactions have no row of their own"),
            "compute the rows from these interactions",
        )
    return counted_rows


def _written(split: dict[str, Any]) -> dict[str, Any]:
    return {"rows": split["rows"], "first": format_instant(split["first"]), "last": format_instant(split["last"])}
