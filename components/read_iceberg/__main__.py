"""`python -m components.read_iceberg`: bring rows of a table into a dataset."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.read_iceberg.read import Request, read
from components.shell import step
from components.shell.files import write_parameter


@dataclass(frozen=True)
class Arguments:
    """Bring rows of a table, as they were in one snapshot, into a dataset."""

    table: str
    rows: Path
    snapshot: Path
    summary: Path
    snapshot_id: str = ""
    columns: list[Any] = field(default_factory=list)
    time_column: str = ""
    start: str = ""
    end: str = ""
    where: dict[str, Any] = field(default_factory=dict)
    if_missing: str = "fail"


def main(arguments: Arguments) -> None:
    """Read the rows, say from which snapshot, and hand both on."""
    request = Request(
        table=arguments.table,
        snapshot_id=arguments.snapshot_id,
        columns=arguments.columns,
        time_column=arguments.time_column,
        start=arguments.start,
        end=arguments.end,
        where=arguments.where,
        if_missing=arguments.if_missing,
    )
    found = read(request, arguments.rows)
    print(found.sentence)
    found.summary.write(arguments.summary)
    write_parameter(arguments.snapshot, found.snapshot)


if __name__ == "__main__":
    step.run(main)
