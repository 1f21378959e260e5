"""Which tables are cared for, one after the other."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from components.iceberg.catalog import load_table, translated
from components.iceberg.naming import name_of
from components.shell.counts import counted
from components.shell.errors import BY_EXIT_CODE, ConfigurationError, StepError, TransientError
from components.shell.progress import report
from components.shell.step import verdict
from components.shell.summary import read_summary

log = logging.getLogger("maintain_tables")

_NEWEST = 2


class Failure(NamedTuple):
    """Why a table was not cared for, in words and as an exit code."""

    reason: str
    exit_code: int


@dataclass(frozen=True)
class Cared:
    """What came of the care for each table that could be cared for, and why others could not, by name."""

    results: dict[str, Any]
    failed: dict[str, Failure]

    @property
    def details(self) -> dict[str, Any]:
        """Both, for the step's summary."""
        return {"tables": self.results, "failed": self.failed}

    def require_answers(self) -> None:
        """Nothing, unless trying again may help a table; `raise_failures` reports the others at the end of all care.

        Raises:
            TransientError: catalog or store did not answer for a table.
        """
        again = {name: one for name, one in self.failed.items() if one.exit_code == TransientError.exit_code}
        if again:
            raise TransientError(_description(again), "try again")


def raise_failures(summaries: Sequence[Path]) -> None:
    """Nothing, if all tables were cared for in all these steps.

    Raises:
        StepError: names each table that was not, with its reasons; the exit code is that of the first.
    """
    failed: dict[str, Failure] = {}
    for path in summaries:
        for name, (reason, code) in read_summary(path).details["failed"].items():
            known = failed.get(name, Failure("", code))
            reasons = known.reason if reason in known.reason else "; ".join(filter(None, [known.reason, reason]))
            failed[name] = Failure(reasons, known.exit_code)
    if failed:
        first = failed[min(failed)].exit_code
        raise BY_EXIT_CODE.get(first, StepError)(
            _description(failed), "all others were; mend these, or leave them out of `tables`"
        )


def _description(failed: Mapping[str, Failure]) -> str:
    reasons = ". ".join(f"{name}: {one.reason}" for name, one in sorted(failed.items()))
    return f"{counted(len(failed), 'table was', 'tables were')} not cared for: {reasons}"


def require_writable(table: Table) -> None:
    """Nothing, if the table may be changed here.

    Raises:
        ConfigurationError: its format version is one that pyiceberg only reads; rows would lose their lineage too.
    """
    if table.format_version > _NEWEST:
        raise ConfigurationError(
            f"table {name_of(table)} has format version {table.format_version}, which is only read here",
            "leave its care to the engine that writes it, and name the other tables in `tables`",
        )


def names_of(catalog: SqlCatalog, tables: Sequence[Any]) -> list[str]:
    """The tables asked for, or all that the catalog has."""
    if tables:
        return [str(name) for name in tables]
    with translated():
        return sorted(".".join(one) for space in catalog.list_namespaces() for one in catalog.list_tables(space))


def each(catalog: SqlCatalog, tables: Sequence[Any], care: Callable[[Table], Any]) -> Cared:
    """What came of the care for each table; that one fails, however, keeps no other from its turn."""
    results: dict[str, Any] = {}
    failed: dict[str, Failure] = {}
    names = names_of(catalog, tables)
    for number, name in enumerate(names, start=1):
        try:
            with translated():
                results[name] = care(load_table(catalog, name))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one table
            failed[name] = Failure(*verdict(error))
            log.warning("%s: %s", name, failed[name].reason)
        report(number, len(names))
    return Cared(results, failed)
