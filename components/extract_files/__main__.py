"""Arguments in, Parquet out."""

from pathlib import Path

from components.extract_files.extract import Request, extract
from components.shell import step
from components.shell.extracts import Places


def main(*, request: Request, places: Places, summary: Path) -> None:
    """Copy columns of tables that lie in files to Parquet, laid out as `extract_postgres` does."""
    extract(request, places).write(summary)


if __name__ == "__main__":
    step.run(main)
