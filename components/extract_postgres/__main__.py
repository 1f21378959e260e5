"""Arguments in, Parquet out."""

from pathlib import Path
from typing import Any

from components.connect import endpoints
from components.extract_postgres.extract import Request, extract
from components.shell import step
from components.shell.extracts import Places


def main(
    *,
    tables: dict[str, Any],
    raw: Path,
    rejected: Path,
    summary: Path,
    schema: str = "public",
    column: str = "",
    since: str = "",
    until: str = "",
    workers: int = 2,
    timezone: str = "UTC",
    unfit: dict[str, Any] | None = None,
    names: dict[str, Any] | None = None,
    elsewhere: list[Any] | None = None,
    personal: list[Any] | None = None,
) -> None:
    """Copy columns of tables, all in one consistent snapshot, to Parquet with their types kept."""
    request = Request(
        tables=tables,
        schema=schema,
        column=column,
        since=since,
        until=until,
        workers=workers,
        timezone=timezone,
        unfit=unfit or {},
        names=names or {},
        elsewhere=elsewhere or [],
        personal=personal or [],
    )
    places = Places(raw, rejected)
    extract(endpoints.database_url(), request, places).write(summary)


if __name__ == "__main__":
    step.run(main)
