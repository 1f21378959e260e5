"""Columns that are asked for, looked up among those that a source has."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from components.shell.errors import ConfigurationError, ContractError
from components.shell.personal import Personal
from components.shell.projection import Asked, Projection, near, unallowed


@dataclass(frozen=True)
class Fault:
    """A column that is asked for and cannot be taken, and why."""

    asked: Asked
    message: str


@dataclass(frozen=True)
class Taken:
    """A column that is taken: by which table, as which name of ours, from which column of the source (empty: nulls)."""

    asked: Asked
    table: str
    relation: str
    name: str
    source: str


def source_of(table: Projection, asked: Asked, there: Collection[str]) -> str | Fault:
    """What the source, which has the columns `there`, calls the column; empty where it lacks it and may."""
    if column := next((name for name in asked.sources if name in there), ""):
        return column
    if asked.optional and not asked.mapped:
        return ""
    meant = next(filter(None, (near(name, set(there)) for name in asked.sources)), "")
    wanted = " or ".join(asked.sources)
    return Fault(asked, f"table {table.source} has no column '{wanted}'{meant.replace(';', ',')}")


def refuse(faults: Sequence[Fault]) -> None:
    """Nothing, if there are no faults.

    Raises:
        ConfigurationError: all are of names that a parameter has given.
        ContractError: the source is not what was promised.
    """
    if not faults:
        return
    message = "; ".join(each.message for each in faults)
    if all(each.asked.mapped for each in faults):
        raise ConfigurationError(message, "correct the parameter names")
    raise ContractError(message, "bring them to the source (a view will do), or correct what is asked for")


def require_marked(taken: Iterable[Taken], personal: Personal) -> None:
    """Nothing, if no column is personal, by our name or by the source's, that is not marked as such.

    Raises:
        ConfigurationError: some are.
    """
    if unmarked := [f"{one.table}.{one.name}" for one in taken if not one.asked.personal and _marks(one, personal)]:
        raise unallowed(unmarked)


def _marks(one: Taken, personal: Personal) -> bool:
    return personal.marks(one.table, one.name) or (bool(one.source) and personal.marks(one.relation, one.source))
