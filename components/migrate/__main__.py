"""`python -m components.migrate`: create catalog tables, namespaces, Iceberg tables and `etl_runs`."""

from pathlib import Path
from typing import Any

from components.migrate.migrate import migrate
from components.shell import step
from components.shell.summary import Summary
from components.shell.tables import parse_definition


def main(*, tables: list[Any], summary: Path) -> None:
    """Create catalog tables, namespaces, the given Iceberg tables and `etl_runs`, once, under an advisory lock."""
    changes = migrate([parse_definition(table) for table in tables])
    print("\n".join(changes) or "nothing to do")
    Summary(details={"changes": changes}).write(summary)


if __name__ == "__main__":
    step.run(main)
