"""`python -m components.read_iceberg`: bring rows of a table into a dataset."""

from pathlib import Path
from typing import Any

from components.read_iceberg.read import Request, read
from components.shell import step
from components.shell.files import write_parameter


def main(
    *,
    table: str,
    rows: Path,
    snapshot: Path,
    summary: Path,
    snapshot_id: str = "",
    columns: list[Any] | None = None,
    time_column: str = "",
    start: str = "",
    end: str = "",
    where: dict[str, Any] | None = None,
    if_missing: str = "fail",
    before: str = "",
    standing: str = "",
) -> None:
    """Bring rows of a table, as they were in one snapshot, into a dataset."""
    request = Request(
        table=table,
        snapshot_id=snapshot_id,
        columns=columns or (),
        time_column=time_column,
        start=start,
        end=end,
        where=where,
        if_missing=if_missing,
        before=before,
        standing=standing,
    )
    found = read(request, rows)
    print(found.sentence)
    found.summary.write(summary)
    write_parameter(snapshot, found.snapshot)


if __name__ == "__main__":
    step.run(main)
