"""`python -m components.migrate`: create catalog tables, namespaces, Iceberg tables and `etl_runs`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.migrate.migrate import migrate
from components.shell import step
from components.shell.summary import Summary
from components.shell.tables import parse_definition


@dataclass(frozen=True)
class Arguments:
    """Create catalog tables, namespaces, the given Iceberg tables and `etl_runs`, once, under an advisory lock."""

    tables: list[Any]
    summary: Path


def main(arguments: Arguments) -> None:
    """Reconcile everything with the definitions and say what was changed."""
    changes = migrate([parse_definition(table) for table in arguments.tables])
    print("\n".join(changes) or "nothing to do")
    Summary(details={"changes": changes}).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
