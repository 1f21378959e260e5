"""From the raw articles and categories of a shop to the datasets of both tables, and what was rejected."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from components.article_versions.categories import Tree, tree
from components.article_versions.columns import REJECTED, STATE, VERSIONED
from components.article_versions.described import described
from components.article_versions.state import carried, numbered, rows, versioned
from components.article_versions.usable import Cut, usable_articles
from components.retail.accounts import faulty, reasons, require_same
from components.retail.lines import REMOVED
from components.retail.validated import Validated
from components.shell import datasets
from components.shell.engine import Engine, count, engine, keep, write
from components.shell.errors import ContractError
from components.shell.summary import Summary

MEMORY = "1500MB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""


@dataclass(frozen=True)
class Outputs:
    """Where the datasets go."""

    rows: Path
    versions: Path
    rejected: Path


@dataclass(frozen=True)
class Made:
    """What comes of a shop's articles and categories at a cut; `carried` are articles that stay as they were."""

    validated: Validated
    carried: ir.Table
    tree: Tree
    rows: ir.Table
    versions: ir.Table


def compute(raw: Path, before: Path, cut: Cut, outputs: Outputs, *, retire_missing: bool) -> Summary:
    """What was done: both datasets and the rejected rows are written.

    Raises:
        ContractError: there are no articles, or rows were lost.
    """
    read = datasets.read_manifest(raw / "articles").rows
    if not read:
        raise ContractError("there are no articles", "extract the table that has them: no catalogue is empty")
    with engine(MEMORY) as backend:
        standing = backend.read_parquet(datasets.files(before))
        articles = backend.read_parquet(datasets.files(raw / "articles"))
        categories = _categories(backend, raw, articles)
        made = make(backend, articles, categories, standing, cut, retire_missing=retire_missing)
        counts = _counts(backend, made)
        written = _written(backend, made, outputs)
    require_same("articles", read, counts["usable"] + sum(counts["others"].values()))
    require_same("articles", written["rows"], counts["usable"] + counts["carried"])
    return _summary(read, counts, written["rejected"])


def make(
    backend: Engine, articles: ir.Table, categories: ir.Table, before: ir.Table, cut: Cut, *, retire_missing: bool
) -> Made:
    """What comes of these articles and categories, given the versions that stood before."""
    validated = usable_articles(articles, cut)
    validated = Validated(keep(backend, "usable", validated.usable), keep(backend, "others", validated.others))
    held = keep(backend, "before", before)
    stay = keep(backend, "carried", carried(held, validated.usable, validated.others, retire_missing=retire_missing))
    complete = keep(backend, "described", described(validated.usable.union(stay)))
    known = keep(backend, "numbered", numbered(complete, held, cut.at))
    category_tree = tree(backend, categories)
    return Made(validated, stay, category_tree, rows(known, category_tree.categories, cut), versioned(known))


def _categories(backend: Engine, raw: Path, articles: ir.Table) -> ir.Table:
    """The categories of the source; where it has no such table, an empty one."""
    if (raw / "categories").is_dir():
        return backend.read_parquet(datasets.files(raw / "categories"))
    return articles.select(category_id=ibis.null("string")).limit(0)


def _counts(backend: Engine, made: Made) -> dict[str, Any]:
    """How many rows there are of each kind."""
    return {
        "usable": count(backend, made.validated.usable),
        "carried": count(backend, made.carried),
        "others": reasons(backend, made.validated.others),
        "categories": count(backend, made.tree.categories),
        "other_categories": reasons(backend, made.tree.others),
        "missing_parents": made.tree.missing_parents,
    }


def _written(backend: Engine, made: Made, outputs: Outputs) -> dict[str, int]:
    """The rows of each dataset, which are written."""
    return {
        "rows": write(backend, made.rows, STATE, outputs.rows).rows,
        "versions": write(backend, made.versions, VERSIONED, outputs.versions).rows,
        "rejected": write(backend, _rejected(made), REJECTED, outputs.rejected).rows,
    }


def _rejected(made: Made) -> ir.Table:
    """The articles and categories that make no sense, each with its reason."""
    both = [
        faulty(table, REMOVED).mutate(source_table=ibis.literal(name)).select(*REJECTED.names)
        for name, table in (("articles", made.validated.others), ("categories", made.tree.others))
    ]
    return ibis.union(*both).order_by(["source_table", "id", "reason", "row"])


def _summary(read: int, counts: Mapping[str, Any], rejected: int) -> Summary:
    others = counts["others"]
    details = {
        "carried": counts["carried"],
        "reasons": {reason: rows for reason, rows in others.items() if reason not in REMOVED},
        **{reason: others.get(reason, 0) for reason in REMOVED},
        "categories": counts["categories"],
        "category_reasons": counts["other_categories"],
        "missing_parents": counts["missing_parents"],
    }
    return Summary(read, counts["usable"], sum(details["reasons"].values()), details | {"rejected": rejected})
