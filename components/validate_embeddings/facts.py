"""What can be counted of vectors: lengths, what is no number, and whether each input has one of its own."""

from typing import Any

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine, records

_TOLERANCE = 1e-3


@ibis.udf.scalar.builtin(name="list_dot_product")  # type: ignore[untyped-decorator]  # Ibis ships no types
def _dot(one: list[float], other: list[float]) -> float:  # type: ignore[empty-body]  # DuckDB has the body
    """The sum of the products."""


def facts(backend: Engine, rows: ir.Table, articles: ir.Table) -> dict[str, Any]:
    """How many there are of each kind of fault, and the shares that are validated."""
    squared = _dot(rows.vector.cast("array<float64>"), rows.vector.cast("array<float64>"))
    measured = rows.select("article_id", "input_hash", "dimension", length=rows.vector.length(), squared=squared)
    # A vector with NaN has the length NaN, and one with infinity an infinite one.
    finite = ~(measured.squared.isnan() | measured.squared.isinf())
    counted = measured.agg(
        rows=measured.count(),
        dimensions=measured.length.nunique(),
        misfits=(measured.length != measured.dimension).sum(),
        not_finite=(~finite).sum(),
        not_unit=(finite & ((measured.squared.sqrt() - 1).abs() > _TOLERANCE)).sum(),
    )
    texts = articles.filter(articles.text != "")
    covered = texts.semi_join(rows, "article_id")
    counts = records(backend, counted)[0] | records(backend, texts.agg(texts=texts.count()))[0]
    return counts | records(backend, covered.agg(covered=covered.count()))[0] | _repeats(backend, rows)


def _repeats(backend: Engine, rows: ir.Table) -> dict[str, Any]:
    """How many inputs there are, how many of them with several vectors, and how many vectors."""
    pairs = rows.select("input_hash", "vector").distinct()
    per_input = pairs.group_by("input_hash").agg(vectors=pairs.count())
    inputs = per_input.agg(inputs=per_input.count(), several=(per_input.vectors > 1).sum())
    vectors = pairs.select("vector").distinct()
    return records(backend, inputs)[0] | records(backend, vectors.agg(vectors=vectors.count()))[0]
