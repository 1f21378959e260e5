"""Arguments in, Parquet out."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.extract_postgres.extract import Request, extract
from components.extract_postgres.seal import Places
from components.shell import endpoints, step


@dataclass(frozen=True)
class Arguments:
    """Copy columns of tables, all in one consistent snapshot, to Parquet with their types kept."""

    tables: dict[str, Any]
    raw: Path
    rejected: Path
    summary: Path
    schema: str = "public"
    column: str = ""
    since: str = ""
    until: str = ""
    workers: int = 2
    timezone: str = "UTC"
    unfit: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    personal: list[Any] = field(default_factory=list)


def main(arguments: Arguments) -> None:
    """Copy the tables and write the summary."""
    request = Request(
        tables=arguments.tables,
        schema=arguments.schema,
        column=arguments.column,
        since=arguments.since,
        until=arguments.until,
        workers=arguments.workers,
        timezone=arguments.timezone,
        unfit=arguments.unfit,
        names=arguments.names,
        personal=arguments.personal,
    )
    places = Places(arguments.raw, arguments.rejected)
    extract(endpoints.database_url(), request, places).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
