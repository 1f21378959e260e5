"""From the raw tables of a shop to its series: days, weeks, what was rejected, and what came too late."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from components.daily_sales.kept import require_kept
from components.daily_sales.late import too_late, touched
from components.daily_sales.output import article_rows, category_rows, week_rows
from components.daily_sales.period import Period, day_of
from components.daily_sales.promotions import KEYS, NEEDED
from components.daily_sales.rows import Made, Sources, make
from components.daily_sales.schemas import ARTICLE_WEEKS, ARTICLES, CATEGORIES, CATEGORY_WEEKS, TOUCHED
from components.daily_sales.settings import Settings
from components.daily_sales.sums import require_days, require_rows, require_sums
from components.iceberg.lateness import Past
from components.retail.lines import REMOVED
from components.retail.missing import articles, missing
from components.shell import datasets
from components.shell.compute import engine, named
from components.shell.counts import counted
from components.shell.engine import Backend, records, write, write_all
from components.shell.errors import ContractError
from components.shell.summary import Summary

MEMORY = "2GB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""


@dataclass(frozen=True)
class Inputs:
    """Where the raw tables, the versions of articles and the days that the table holds lie; what was filled before."""

    raw: Path
    versions: Path | None = None
    before: Path | None = None
    past: Past = field(default_factory=Past)


@dataclass(frozen=True)
class Outputs:
    """Where the datasets go."""

    rows: Path
    categories: Path
    weeks: Path
    category_weeks: Path
    rejected: Path
    touched: Path


def compute(inputs: Inputs, period: Period, settings: Settings, outputs: Outputs) -> Summary:
    """What was done: days and weeks of articles and of categories are written, rejected rows, and what came too late.

    Raises:
        ContractError: no line counts, too much is gone of days that are filled anew, or the rows do not hold all that
            counts.
        ConfigurationError: ids are numbers, or categories are asked for and there are no articles.
    """
    read = datasets.read_manifest(inputs.raw / "transactions").rows
    with engine(MEMORY) as backend:
        made = make(backend, _sources(backend, inputs), period, settings)
        lines = _lines(backend, made) if made else 0
        if made is None or not lines:
            raise _nothing(read, period)
        require_rows(read, lines, made.reasons)
        if (before := _known(backend, inputs.before)) is not None:
            require_kept(backend, made, before, period.timezone, settings.max_drop)
        written = _written(backend, made, period, outputs)
        sums = require_sums(backend, made, period, outputs.rows, outputs.categories)
        require_days(backend, made, period, {"articles": written["days"], "categories": written["category_days"]})
        late = _late(backend, made, inputs.past, outputs.touched)
        by = named(backend)
    removed = {reason: made.reasons.get(reason, 0) for reason in REMOVED}
    details = {
        "from": str(day_of(made.first)),
        "to": str(day_of(period.last)),
        "attributes_from": dict(made.attributes_from),
        "lines": lines,
        **sums,
        **written,
        "reasons": {reason: rows for reason, rows in made.reasons.items() if reason not in REMOVED},
        **removed,
        "too_late": late,
        **by,
    }
    return Summary(read, lines, written["rejected"], details)


def _sources(backend: Backend, inputs: Inputs) -> Sources:
    return Sources(
        transactions=backend.read_parquet(datasets.files(inputs.raw / "transactions")),
        articles=articles(backend, inputs.raw),
        versions=_known(backend, inputs.versions),
        promotions=_promotions(backend, inputs.raw),
    )


def _known(backend: Backend, directory: Path | None) -> ir.Table | None:
    """The rows of a table; None where there are none, as of one that is not there yet."""
    if directory is None or not datasets.read_manifest(directory).rows:
        return None
    return backend.read_parquet(datasets.files(directory))


def _promotions(backend: Backend, raw: Path) -> ir.Table | None:
    """The shop's promotions; None where it has no such table, or it is not known when or of what they were."""
    if not (raw / "promotions").is_dir():
        return None
    promotions = backend.read_parquet(datasets.files(raw / "promotions"))
    has = set(promotions.columns) - missing(raw).get("promotions", frozenset())
    return promotions if has.issuperset(NEEDED) and has & set(KEYS) else None


def _lines(backend: Backend, made: Made) -> int:
    return int(records(backend, made.bought.agg(lines=made.bought.lines.sum().fill_null(0)))[0]["lines"])


def _nothing(read: int, period: Period) -> ContractError:
    if not read:
        return ContractError("there are no transactions", "extract the table that has them")
    return ContractError(
        f"none of the {counted(read, 'transaction')} counts before {period.cut_day}",
        "see rejected, or give a later as_of",
    )


def _written(backend: Backend, made: Made, period: Period, outputs: Outputs) -> dict[str, int]:
    """The rows of each dataset, which are written."""
    days = write_all(backend, article_rows(backend, made, period), ARTICLES, outputs.rows)
    of_categories = write_all(backend, category_rows(backend, made, period), CATEGORIES, outputs.categories)
    written = {"days": days.rows, "category_days": of_categories.rows}
    for name, rows, schema, directory in (
        ("weeks", outputs.rows, ARTICLE_WEEKS, outputs.weeks),
        ("category_weeks", outputs.categories, CATEGORY_WEEKS, outputs.category_weeks),
    ):
        there = backend.read_parquet(datasets.files(rows))
        written[name] = write(backend, week_rows(there, made.days, period, schema), schema, directory).rows
    written["rejected"] = write(backend, made.rejected, made.rejected.schema(), outputs.rejected).rows
    return written


def _late(backend: Backend, made: Made, past: Past, directory: Path) -> dict[str, Any]:
    """How many lines came too late, by day; the days whose rows lack them are written."""
    late = records(backend, too_late(backend, made.lines, made.days, past)) if past.parts else []
    days = {str(row["date"]): row["lines"] for row in late}
    since = ibis.literal(late[0]["date"]) if late else ibis.null("date")
    write(backend, touched(made.days, since, made.first), TOUCHED, directory)
    return {"lines": sum(days.values()), "days": days}
