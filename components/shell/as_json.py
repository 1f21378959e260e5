"""Rows as texts, for people to read what was wrong with them."""

import ibis


@ibis.udf.scalar.builtin(name="to_json")  # type: ignore[untyped-decorator]  # Ibis ships no types
def as_json(row) -> str:  # type: ignore[no-untyped-def,empty-body]  # DuckDB has the body  # noqa: ANN001 - of any type, which Ibis takes this for
    """The row as JSON."""
