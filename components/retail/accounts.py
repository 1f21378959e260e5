"""What became of a shop's rows: why some do not count, and that what came in is accounted for."""

from collections.abc import Collection

import ibis.expr.types as ir

from components.shell.engine import Backend, records
from components.shell.errors import ContractError


def counts(others: ir.Table) -> ir.Table:
    """How many of the rows that do not count there are for each `reason`, in the order of their names."""
    return others.group_by("reason").agg(rows=others.count()).order_by("reason")


def reasons(backend: Backend, others: ir.Table) -> dict[str, int]:
    """The same by name."""
    return {row["reason"]: row["rows"] for row in records(backend, counts(others))}


def faulty(others: ir.Table, removed: Collection[str]) -> ir.Table:
    """The rows that do not count for a fault of theirs, which the reasons in `removed` are not.

    Reason by reason: where statistics say that all rows count, DuckDB 2.0.0 ends with an error on NOT IN.
    """
    return others.filter([others.reason != reason for reason in removed])


def require_same(name: str, expected: object, actual: object) -> None:
    """Nothing, if as much is accounted for as came in.

    Raises:
        ContractError: something was lost, or is there twice.
    """
    if expected != actual:
        raise ContractError(f"{expected} {name} came in and {actual} are accounted for", "report this: rows were lost")
