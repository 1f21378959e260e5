"""What a shop's source lacks of what was asked for; there are nulls instead."""

from collections.abc import Mapping
from pathlib import Path

import ibis.expr.types as ir

from components.retail.columns import key
from components.shell import datasets
from components.shell.engine import Backend
from components.shell.extracts import read_extract_manifest


def missing(raw: Path) -> Mapping[str, frozenset[str]]:
    """By table of the extract the columns that the source lacks; all of them where it lacks the table."""
    return {
        table["name"]: frozenset(column["name"] for column in table["columns"] if column.get("missing"))
        for table in read_extract_manifest(raw).get("tables", ())
    }


def articles(backend: Backend, raw: Path) -> ir.Table | None:
    """The shop's articles as they are now; None where the source has no such table, or none with ids.

    Raises:
        ConfigurationError: their ids are not asked for, or are numbers.
    """
    if not (raw / "articles").is_dir() or "article_id" in missing(raw).get("articles", ()):
        return None
    table = backend.read_parquet(datasets.files(raw / "articles"))
    return table.mutate(article_id=key(table, "article_id"))
