"""`python -m components.load_iceberg`: replace an interval's rows in a table, in one commit with its receipt."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components.load_iceberg.load import load
from components.shell import step
from components.shell.files import write_atomically, write_parameter
from components.shell.receipts import Receipt
from components.shell.summary import Summary
from components.shell.tables import parse_definition


@dataclass(frozen=True)
class Arguments:
    """Replace the interval's rows in the table, in one commit that carries its receipt; repeated, change nothing."""

    rows: Path
    table: dict[str, Any]
    pipeline: str
    version: str
    run_key: str
    as_of: datetime
    interval_start: datetime
    interval_end: datetime
    snapshot_id: Path
    receipt: Path
    summary: Path
    generation: int = 0
    source: str = ""


def main(arguments: Arguments) -> None:
    """Load the rows, say what was done, and hand on snapshot, receipt and summary."""
    definition = parse_definition(arguments.table)
    receipt = Receipt(
        run_key=arguments.run_key,
        pipeline=arguments.pipeline,
        interval_start=arguments.interval_start,
        interval_end=arguments.interval_end,
        as_of=arguments.as_of,
        version=arguments.version,
        git_commit=os.environ.get("STOCKPOT_GIT_COMMIT", ""),
        generation=arguments.generation,
        source=arguments.source,
    )
    outcome = load(definition, receipt, arguments.rows)
    snapshot, rows = outcome.receipt.snapshot_id, outcome.receipt.rows
    if outcome.already:
        print(f"{definition.name} already holds this interval (snapshot {snapshot}): nothing changed")
    else:
        print(f"{definition.name}: {rows} rows of {receipt.interval} committed (snapshot {snapshot})")
    write_parameter(arguments.snapshot_id, snapshot)
    write_atomically(arguments.receipt, json.dumps(outcome.summary, indent=2, sort_keys=True).encode())
    details = {
        "table": definition.name,
        "snapshot_id": str(snapshot),
        "already_done": outcome.already,
        "run_key": receipt.run_key,
    }
    Summary(rows_in=rows, rows_out=rows, details=details).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
