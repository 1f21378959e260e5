"""From the raw tables of a shop to both datasets, and what was rejected."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from components.customer_features.account import Account, account_of
from components.customer_features.rows import Made, make
from components.customer_features.schemas import CATEGORIES, FEATURES, REJECTED
from components.customer_features.settings import Settings
from components.customer_features.source import Source, read
from components.retail.accounts import faulty, require_same
from components.retail.lines import REMOVED
from components.retail.moment import Moment
from components.shell import datasets
from components.shell.compute import engine, named
from components.shell.engine import Backend, records, write
from components.shell.errors import ContractError
from components.shell.instants import format_instant
from components.shell.summary import Summary

log = logging.getLogger(__name__)

MEMORY = "2GB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""
_MOST_APART = 1e-9


@dataclass(frozen=True)
class Outputs:
    """Where the datasets go."""

    rows: Path
    categories: Path
    rejected: Path


def compute(raw: Path, versions: Path, moment: Moment, settings: Settings, outputs: Outputs) -> Summary:
    """What was done: features, categories and rejected rows are written.

    Raises:
        ContractError: there are no transactions or customers, or the rows do not hold all that counts.
        ConfigurationError: ids are numbers.
    """
    with engine(MEMORY) as backend:
        source = read(backend, raw)
        _refuse_nothing(source)
        made = make(backend, source, _versions(backend, versions), moment, settings)
        account = account_of(backend, source, made, settings)
        written = _written(backend, made, outputs)
        _conserve(account, _held(backend, outputs))
        by = named(backend)
    for warning in account.warnings:
        log.warning("%s", warning)
    details = {
        "cut": format_instant(moment.cut),
        **account.details,
        **written,
        "warnings": list(account.warnings),
        **by,
    }
    return Summary(source.rows["transactions"], account.lines, account.rejected_lines, details)


def _versions(backend: Backend, versions: Path) -> ir.Table | None:
    """What articles said before; None where nobody has kept it."""
    if not datasets.read_manifest(versions).rows:
        return None
    return backend.read_parquet(datasets.files(versions))


def _refuse_nothing(source: Source) -> None:
    if "transactions" in source.rows and not source.rows["transactions"]:
        raise ContractError("there are no transactions", "extract the table that has them")


def _written(backend: Backend, made: Made, outputs: Outputs) -> dict[str, int]:
    """The rows of each dataset, which are written."""
    written = {
        "customers": write(backend, made.features, FEATURES, outputs.rows).rows,
        "categories": write(backend, made.categories, CATEGORIES, outputs.categories).rows,
        "rejected": write(backend, _rejected(made), REJECTED, outputs.rejected).rows,
    }
    if not written["customers"]:
        raise ContractError("nobody was a customer by the cut", "see rejected, or give a later as_of")
    return written


def _rejected(made: Made) -> ir.Table:
    """The rows that make no sense, each with its table and reason."""
    each = [
        faulty(table, REMOVED).mutate(source_table=ibis.literal(name)).select(*REJECTED.names)
        for name, table in made.parts.others.items()
    ]
    return (ibis.union(*each) if len(each) > 1 else each[0]).order_by(REJECTED.names)


def _held(backend: Backend, outputs: Outputs) -> dict[str, Any]:
    """What the datasets hold together, as they were written."""
    rows = backend.read_parquet(datasets.files(outputs.rows))
    shares = backend.read_parquet(datasets.files(outputs.categories))
    each = shares.group_by("customer_id").agg(share=shares.share.sum(), lines=shares.lines.sum())
    total = rows.agg(
        lines=rows.total_transactions.sum(),
        days=rows.purchase_days.sum(),
        money=rows.total_amount_spent.sum().cast("decimal(38, 9)"),
        orders=rows.total_orders.sum().fill_null(0),
        events=rows.session_events.sum().fill_null(0),
        wishes=rows.wishlist_size.sum().fill_null(0),
    )
    apart = each.agg(apart=(each.share - 1).abs().max().fill_null(0.0), categorised=each.lines.sum().fill_null(0))
    return records(backend, total)[0] | records(backend, apart)[0]


def _conserve(account: Account, held: Mapping[str, Any]) -> None:
    for name, source in account.sums.items():
        require_same(name, source, held[name])
    if held["apart"] > _MOST_APART:
        raise ContractError(f"shares of categories are {held['apart']} from 1", "report this: rows were lost")
