"""From the raw tables of a shop to datasets: pairs, targets, and what was rejected."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from components.retail.accounts import require_same
from components.retail.behaviour import oddity
from components.retail.lines import REMOVED
from components.retail.moment import Moment
from components.shell import datasets
from components.shell.compute import engine, named
from components.shell.counts import counted
from components.shell.engine import Backend, count, records, write
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import format_instant
from components.shell.summary import Summary
from components.user_item_interactions.pairs import on_several_days
from components.user_item_interactions.rows import PAIRS, TARGETS, Made, make
from components.user_item_interactions.settings import Settings
from components.user_item_interactions.signals import KNOWN, OTHER_TYPES

log = logging.getLogger(__name__)

MEMORY = "2GB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""


@dataclass(frozen=True)
class Outputs:
    """Where the datasets go."""

    rows: Path
    targets: Path
    rejected: Path


def compute(raw: Path, moment: Moment, settings: Settings, outputs: Outputs) -> Summary:
    """What was done: pairs, targets and rejected rows are written.

    Raises:
        ContractError: no purchase counts, or the pairs do not hold all that do.
    """
    read = datasets.read_manifest(raw / "transactions").rows
    with engine(MEMORY) as backend:
        transactions = backend.read_parquet(datasets.files(raw / "transactions"))
        events = _events(backend, raw) if settings.of_events else None
        made = make(backend, transactions, events, moment, settings)
        sums = _sums(backend, made)
        _refuse_nothing(read, sums["lines"], moment)
        written = _written(backend, made, outputs)
        held = _held(backend, outputs.rows)
        by = named(backend)
    removed = {reason: made.reasons.get(reason, 0) for reason in REMOVED}
    require_same("rows", read, sums["lines"] + written["rejected"] + sum(removed.values()))
    for name in ("pieces", "money", "days"):
        require_same(name, sums[name], held[name])
    warnings = _odd_events(raw, made.events) if made.events else []
    for warning in warnings:
        log.warning("%s", warning)
    details = {
        "cut": format_instant(moment.cut),
        "targets_cut": format_instant(moment.before(settings.horizon_days).cut),
        **sums,
        **written,
        "in_core": held["in_core"],
        "reasons": {reason: rows for reason, rows in made.reasons.items() if reason not in REMOVED},
        **removed,
        **({"events": dict(made.events)} if made.events else {}),
        "warnings": warnings,
        **by,
    }
    return Summary(read, sums["lines"], written["rejected"], details)


def _events(backend: Backend, raw: Path) -> ir.Table:
    if not (raw / "events").is_dir():
        raise ConfigurationError("signals beside purchase need events", "name the table events in source_tables")
    return backend.read_parquet(datasets.files(raw / "events"))


def _odd_events(raw: Path, events: Mapping[str, Any]) -> list[str]:
    """The warnings about events, all of which are accounted for."""
    read = datasets.read_manifest(raw / "events").rows
    require_same("events", read, events["rows"])
    warning = oddity(events[OTHER_TYPES], sum(events[fate] for fate in KNOWN))
    return [warning] if warning else []


def _sums(backend: Backend, made: Made) -> dict[str, Any]:
    """How many lines count, the pieces and the money in them, and on how many days all pairs together were bought."""
    lines, pairs = made.lines, made.totals
    pieces, money = lines.quantity.sum().fill_null(0), (lines.price * lines.quantity).sum().cast("decimal(38, 9)")
    sums = records(backend, lines.agg(lines=lines.count(), pieces=pieces, money=money))[0]
    # To count the days of all pairs would group all lines once more: whose first day is the last one has a single one.
    once = count(backend, pairs.filter(pairs.first_purchase_date == pairs.last_purchase_date))
    return {**sums, "days": once + count(backend, on_several_days(lines, pairs))}


def _written(backend: Backend, made: Made, outputs: Outputs) -> dict[str, int]:
    """The rows of each dataset, which are written."""
    rejected = made.rejected.schema()
    return {
        "pairs": write(backend, made.pairs, PAIRS, outputs.rows).rows,
        "targets": write(backend, made.targets, TARGETS, outputs.targets).rows,
        "rejected": write(backend, made.rejected, rejected, outputs.rejected).rows,
    }


def _held(backend: Backend, directory: Path) -> dict[str, Any]:
    """The pieces, the money and the days in the pairs as they were written, and how many are in the core."""
    rows = backend.read_parquet(datasets.files(directory))
    money = rows.total_spent.sum().cast("decimal(38, 9)")
    pieces, days = rows.purchase_count.sum(), rows.purchase_days.sum()
    return records(backend, rows.agg(pieces=pieces, money=money, days=days, in_core=rows.count(where=rows.in_core)))[0]


def _refuse_nothing(read: int, lines: int, moment: Moment) -> None:
    if not read:
        raise ContractError("there are no transactions", "extract the table that has them")
    if not lines:
        raise ContractError(
            f"none of the {counted(read, 'transaction')} counts before {moment.day}",
            "see rejected, or give a later as_of",
        )
