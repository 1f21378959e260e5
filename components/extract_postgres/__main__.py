"""Arguments in, Parquet out."""

from pathlib import Path

from components.connect import endpoints
from components.extract_postgres.extract import Request, extract
from components.shell import step
from components.shell.extracts import Places


def main(*, request: Request, raw: Path, rejected: Path, summary: Path) -> None:
    """Copy columns of tables, all in one consistent snapshot, to Parquet with their types kept."""
    places = Places(raw, rejected)
    extract(endpoints.database_url(), request, places).write(summary)


if __name__ == "__main__":
    step.run(main)
