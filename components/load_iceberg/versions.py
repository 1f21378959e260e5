"""`python -m components.load_iceberg.versions`: bring a table of versions up to a state, in one commit."""

import json
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from components.load_iceberg.conform import write_rejected
from components.load_iceberg.differing import Rules
from components.load_iceberg.load import rejected as rejected_by
from components.load_iceberg.versioning import STEP, Load, load
from components.shell import step
from components.shell.commits import Outcome
from components.shell.details import of_load, parse_details
from components.shell.files import write_atomically, write_parameter
from components.shell.receipts import Receipt
from components.shell.summary import Summary, read_summary
from components.shell.tables import parse_definition
from components.shell.versions import NAMES

_WORDS = ("new", "changed", "gone", "returned", "unchanged")


def main(
    *,
    rows: Path,
    table: dict[str, Any],
    pipeline: str,
    version: str,
    run_key: str,
    as_of: datetime,
    interval_start: datetime,
    interval_end: datetime,
    key: list[Any],
    snapshot_id: Path,
    rejected: Path,
    receipt: Path,
    summary: Path,
    compare: list[Any],
    since: str = "",
    run_id: str = "",
    features: Path | None = None,
    quality: Path | None = None,
) -> None:
    """Bring the table up to the state at `as_of`, in one commit that carries its receipt; repeated, change nothing."""
    definition = parse_definition(table)
    told = {"features": features, "quality": quality}
    asked = Receipt(
        run_key=run_key,
        pipeline=pipeline,
        interval_start=interval_start,
        interval_end=interval_end,
        as_of=as_of,
        version=version,
        git_commit=os.environ.get("STOCKPOT_GIT_COMMIT", ""),
        run_id=run_id,
    )
    said = {name: read_summary(path) for name, path in told.items() if path}
    outcome = load(Load(definition, asked, Rules(tuple(key), tuple(compare), since), said), rows)
    done = outcome.receipt
    own = replace(definition, columns=tuple(one for one in definition.fields if one.name not in NAMES))
    write_rejected(rows, own, rejected_by(done), rejected)
    write_parameter(snapshot_id, done.snapshot_id)
    write_atomically(receipt, json.dumps(outcome.summary, indent=2, sort_keys=True).encode())
    _told(definition.name, outcome).write(summary)


def _told(table: str, outcome: Outcome) -> Summary:
    """What the load did, in figures, once it has been said to whoever looks on."""
    done = outcome.receipt
    said = parse_details(done.details).get(STEP, {})
    counts = {word: said.get(word, 0) for word in (*_WORDS, "added")}
    if outcome.already:
        print(f"{table} already holds this state (snapshot {done.snapshot_id}): nothing changed")
    else:
        figures = ", ".join(f"{counts[word]} {word}" for word in _WORDS)
        print(f"{table}: {figures}; {counts['added']} versions committed (snapshot {done.snapshot_id})")
    details = {"table": table, "snapshot_id": str(done.snapshot_id), "already_done": outcome.already}
    found = of_load(done)
    return replace(found, details=found.details | details | counts | {"run_key": done.run_key})


if __name__ == "__main__":
    step.run(main)
