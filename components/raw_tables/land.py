"""`python -m components.raw_tables.land`: extracted rows in the form of their raw table."""

from pathlib import Path
from typing import Any

import ibis

from components.iceberg.tables import parse_definition
from components.raw_tables.rows import REASON, ROW, Landing, landed
from components.retail.accounts import reasons
from components.shell import datasets, step
from components.shell.counts import counted
from components.shell.engine import engine, keep, write
from components.shell.summary import Summary

MEMORY = "1GB"
REJECTED = ibis.schema({"reason": "!string", "row": "!string"})


def main(
    *,
    raw: Path,
    table: dict[str, Any],
    time: str,
    numbered: list[Any],
    rows: Path,
    rejected: Path,
    summary: Path,
    timezone: str = "UTC",
) -> None:
    """Bring extracted rows into the types of their raw table, each with the beginning of its local day."""
    landing = Landing(parse_definition(table), time, numbered, timezone)
    directory = raw / landing.source
    with engine(MEMORY) as backend:
        judged = keep(backend, "judged", landed(backend.read_parquet(datasets.files(directory)), landing))
        taken = judged.filter(judged[REASON].isnull()).select(landing.schema.names)
        # By days, so that each day's rows come together and make one file.
        count = write(backend, taken.order_by(landing.day_at), landing.schema, rows).rows
        others = judged.filter(judged[REASON].notnull()).select(reason=judged[REASON], row=judged[ROW])
        write(backend, others.order_by("reason", "row"), REJECTED, rejected)
        by_reason = reasons(backend, others)
    rows_in = datasets.read_manifest(directory).rows
    print(f"{landing.table.name}: {count:,} of {counted(rows_in, 'row')} can land")
    Summary(rows_in, count, sum(by_reason.values()), {"rejected": by_reason}).write(summary)


if __name__ == "__main__":
    step.run(main)
