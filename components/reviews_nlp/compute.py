"""From the raw reviews of a shop to both datasets, what was rejected, and what came too late."""

import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.iceberg.lateness import Past
from components.retail.accounts import faulty, reasons, require_same
from components.retail.columns import key
from components.retail.missing import articles
from components.reviews_nlp.rows import Made, Sources, make
from components.reviews_nlp.schemas import REJECTED, REVIEWS, STATS, TOUCHED
from components.reviews_nlp.sentiment import MODEL
from components.reviews_nlp.settings import Settings
from components.reviews_nlp.usable import CUSTOMER_GONE, DELETED, GONE, Interval
from components.shell import datasets
from components.shell.counts import counted, worded
from components.shell.engine import Engine, count, engine, records, write
from components.shell.errors import ContractError
from components.shell.summary import Summary

log = logging.getLogger(__name__)

MEMORY = "2GB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""
_COMPARED_FROM = 100
_OF_CUSTOMERS = ("customers", "transactions")
"""Who is known from purchases alone is a customer too, as in erase-gone."""
_INSTANT = pa.timestamp("us", "UTC")
_PARTS = pa.schema([("start", _INSTANT), ("end", _INSTANT)])


@dataclass(frozen=True)
class Inputs:
    """Where the raw tables lie, what articles said, which reviews the table has, and what was filled before."""

    raw: Path
    versions: Path
    before: Path
    past: Past = field(default_factory=Past)


@dataclass(frozen=True)
class Outputs:
    """Where the datasets go."""

    rows: Path
    stats: Path
    rejected: Path
    touched: Path


def compute(inputs: Inputs, interval: Interval, settings: Settings, outputs: Outputs) -> Summary:
    """What was done: reviews, what they say of articles, rejected rows and late ones are written.

    Raises:
        ContractError: there are no reviews, too many make no sense or are of customers who are gone, or some are lost.
        ConfigurationError: ids are numbers, or those of articles are not asked for.
    """
    read = datasets.read_manifest(inputs.raw / "reviews").rows
    if not read:
        raise ContractError("there are no reviews", "extract the table that has them")
    with tempfile.TemporaryDirectory(prefix="texts-") as scratch, engine(MEMORY) as backend:
        made = make(backend, _sources(backend, inputs), interval, settings, Path(scratch))
        why = reasons(backend, made.validated.others)
        _refuse_many(why, read, settings)
        _refuse_gone(why, read, inputs.raw, settings)
        written = _written(backend, made, inputs.past, outputs)
        counts = {name: count(backend, getattr(made, name)) for name in ("new", "carried", "orphans")}
        earlier = count(backend, made.validated.usable) - counts["new"]
        require_same("rows", read, counts["new"] + earlier + sum(why.values()))
        require_same("versions", counts["new"] + counts["carried"], written["reviews"])
        statistics = _statistics(backend, outputs.rows, counts["orphans"])
    for warning in statistics["warnings"]:
        log.warning("%s", warning)
    details = {
        **counts,
        "earlier": earlier,
        **written,
        "attributes_from": dict(made.attributes_from),
        "reasons": {reason: rows for reason, rows in why.items() if reason not in GONE},
        **{reason: why.get(reason, 0) for reason in GONE},
        "sentiment_model": MODEL,
        **statistics,
    }
    return Summary(read, counts["new"], sum(details["reasons"].values()), details)


def _sources(backend: Engine, inputs: Inputs) -> Sources:
    has_versions = datasets.read_manifest(inputs.versions).rows
    return Sources(
        reviews=backend.read_parquet(datasets.files(inputs.raw / "reviews")),
        before=backend.read_parquet(datasets.files(inputs.before)),
        versions=backend.read_parquet(datasets.files(inputs.versions)) if has_versions else None,
        articles=articles(backend, inputs.raw),
        customers=_customers(backend, inputs.raw),
    )


def _customers(backend: Engine, raw: Path) -> ir.Table | None:
    """Whom the source has, from all tables of customers; None where none is asked for, or one of them has no rows.

    Such a source may not be whole, and forgets nobody.
    """
    directories = [raw / name for name in _customer_tables(raw)]
    if not directories or not all(datasets.read_manifest(directory).rows for directory in directories):
        return None
    tables = [backend.read_parquet(datasets.files(directory)) for directory in directories]
    ids = [table.select(customer_id=key(table, "customer_id")).distinct() for table in tables]
    return ibis.union(*ids) if len(ids) > 1 else ids[0]


def _customer_tables(raw: Path) -> list[str]:
    return [name for name in _OF_CUSTOMERS if (raw / name).is_dir()]


def _refuse_many(why: Mapping[str, int], read: int, settings: Settings) -> None:
    rejected = {reason: rows for reason, rows in why.items() if reason not in GONE}
    if sum(rejected.values()) > settings.most_rejected * read:
        named = ", ".join(f"{rows} {reason}" for reason, rows in rejected.items())
        raise ContractError(
            f"{sum(rejected.values()):,} of {counted(read, 'review')} without sense: {named}",
            "repair the source, or allow more with most_rejected",
        )


def _refuse_gone(why: Mapping[str, int], read: int, raw: Path, settings: Settings) -> None:
    """Nothing, if so few are of customers who are gone that these can have left; ids of another kind match none.

    A source may keep what is deleted for ever, so it does not count.
    """
    gone, present = why.get(CUSTOMER_GONE, 0), read - why.get(DELETED, 0)
    if gone > settings.most_gone * present:
        named = _customer_tables(raw)
        raise ContractError(
            f"{gone:,} of {counted(present, 'review')} are of customers that {' and '.join(named)} no longer"
            f" {worded(len(named), 'has', 'have')}",
            "nothing was changed; see whether the source is whole and has the same ids in all tables, allow more with"
            f" most_gone, or leave {' and '.join(named)} out of source_tables",
        )


def _written(backend: Engine, made: Made, past: Past, outputs: Outputs) -> dict[str, int]:
    """The rows of each dataset, which are written."""
    others = made.validated.others
    rejected = faulty(others, GONE).select(*REJECTED.names).order_by(REJECTED.names)
    return {
        "reviews": write(backend, made.rows, REVIEWS, outputs.rows).rows,
        "article_days": write(backend, made.stats, STATS, outputs.stats).rows,
        "rejected": write(backend, rejected, REJECTED, outputs.rejected).rows,
        "too_late": write(backend, _touched(backend, made.late, past), TOUCHED, outputs.touched).rows,
    }


def _touched(backend: Engine, late: ir.Table, past: Past) -> ir.Table:
    """The instants in filled time whose rows the table lacks: their reviews became known after it was filled.

    No column says when a review came to the source, so those count that no earlier run has named.
    """
    parts = pa.Table.from_pylist([{"start": start, "end": end} for start, end in past.unnamed], _PARTS)
    filled = backend.given("parts", parts)
    during = late.inner_join(filled, [late.known_at >= filled.start, late.known_at < filled.end])
    return during.select(uploaded_at=during.known_at, reopened=ibis.literal(False)).distinct().order_by("uploaded_at")


def _statistics(backend: Engine, directory: Path, orphans: int) -> dict[str, Any]:
    """The reviews by quality, language and rating, and what is odd about them."""
    rows = backend.read_parquet(datasets.files(directory))
    of_rating = rows.group_by("rating").agg(reviews=rows.count(), sentiment=rows.sentiment_score.mean())
    ratings = records(backend, of_rating.order_by("rating"))
    unknown = counted(orphans, "review is of an unknown article", "reviews are of unknown articles")
    return {
        "qualities": _shares(backend, rows, "quality"),
        "languages": _shares(backend, rows, "language"),
        "sentiment_by_rating": {str(row["rating"]): row["sentiment"] for row in ratings},
        "warnings": [*_oddities(ratings), *([unknown] if orphans else [])],
    }


def _shares(backend: Engine, rows: ir.Table, name: str) -> dict[str, int]:
    counted = rows.group_by(name).agg(rows=rows.count()).order_by(name)
    return {row[name]: row["rows"] for row in records(backend, counted)}


def _oddities(ratings: list[dict[str, Any]]) -> list[str]:
    """What contradicts itself: those who give more stars speak worse of what they bought."""
    compared = [row for row in ratings if row["reviews"] >= _COMPARED_FROM and row["sentiment"] is not None]
    return [
        f"reviews with {counted(high['rating'], 'star')} sound no better than those with {low['rating']}:"
        f" {high['sentiment']:.3f} after {low['sentiment']:.3f}"
        for low, high in pairwise(compared)
        if high["sentiment"] <= low["sentiment"]
    ]
