"""Arguments in, Parquet out."""

from pathlib import Path
from typing import Any

from components.extract_files.extract import Request, extract
from components.shell import step
from components.shell.extracts import Places


def main(
    *,
    tables: dict[str, Any],
    source: str,
    source_path: str,
    raw: Path,
    rejected: Path,
    summary: Path,
    timezone: str = "UTC",
    names: dict[str, Any] | None = None,
    elsewhere: list[Any] | None = None,
    personal: list[Any] | None = None,
) -> None:
    """Copy columns of tables that lie in files to Parquet, laid out as `extract_postgres` does."""
    request = Request(
        tables=tables,
        source=source,
        path=source_path,
        timezone=timezone,
        names=names or {},
        elsewhere=elsewhere or [],
        personal=personal or [],
    )
    extract(request, Places(raw, rejected)).write(summary)


if __name__ == "__main__":
    step.run(main)
