"""Arguments in, Parquet out."""

from pathlib import Path

from components.connect import endpoints
from components.extract_postgres.extract import Request, extract
from components.extract_postgres.seal import Places
from components.shell import step


def main(*, request: Request, raw: Path, rejected: Path, summary: Path) -> None:
    """Copy columns of tables, all in one consistent snapshot, to Parquet with their types kept."""
    places = Places(raw, rejected)
    extract(endpoints.database_url(), request, places).write(summary)


if __name__ == "__main__":
    step.run(main)
