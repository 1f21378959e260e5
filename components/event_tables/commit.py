"""`python -m components.event_tables.commit`: all staged shares of a run become part of the table, in one commit."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components.event_tables.append import append
from components.event_tables.offsets import canonical, lossy
from components.shell import step
from components.shell.files import write_atomically, write_parameter
from components.shell.malformed import refuse_malformed
from components.shell.receipts import Receipt
from components.shell.summary import Summary
from components.shell.tables import parse_definition


@dataclass(frozen=True)
class Arguments:
    """Append staged events in one commit that carries the offsets."""

    staged: list[Any]
    offsets: dict[str, Any]
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
    most_rejected: float = 0.01


def main(arguments: Arguments) -> None:
    """Commit, and hand on the snapshot, its receipt, and the figures of all shares together."""
    definition = parse_definition(arguments.table)
    manifests = sorted(str(share["manifest"]) for share in arguments.staged if share["manifest"])
    load = _load(arguments, manifests)
    read, rejected = _total(arguments.staged, "read"), _total(arguments.staged, "rejected")
    refuse_malformed(arguments.most_rejected, read, *_reasons(arguments.staged))
    done = append(definition, load, manifests)
    snapshot = done.receipt.snapshot_id
    if done.already:
        print(f"{definition.name} already holds these events (snapshot {snapshot}): nothing changed")
    else:
        print(f"{definition.name}: {done.receipt.rows} events committed (snapshot {snapshot})")
    write_parameter(arguments.snapshot_id, snapshot)
    write_atomically(arguments.receipt, json.dumps(done.summary, indent=2, sort_keys=True).encode())
    filtered = {"left_out": _total(arguments.staged, "filtered"), "repeated": _total(arguments.staged, "repeated")}
    details = {
        "table": definition.name,
        "snapshot_id": str(snapshot),
        "already_done": done.already,
        "run_key": load.run_key,
        "filtered": filtered,
        "shares": len(arguments.staged),
    }
    Summary(rows_in=read, rows_out=load.rows, rows_rejected=rejected, details=details).write(arguments.summary)


def _load(arguments: Arguments, manifests: Sequence[str]) -> Receipt:
    # Where records were lost, the time since the last run stays uncovered for ever.
    start = arguments.interval_end if lossy(arguments.offsets) else arguments.interval_start
    return Receipt(
        run_key=arguments.run_key,
        pipeline=arguments.pipeline,
        interval_start=start,
        interval_end=arguments.interval_end,
        as_of=arguments.as_of,
        version=arguments.version,
        rows=_total(arguments.staged, "staged"),
        git_commit=os.environ.get("STOCKPOT_GIT_COMMIT", ""),
        attempt=hashlib.sha256("\n".join(manifests).encode()).hexdigest()[:12],
        offsets=canonical(arguments.offsets),
    )


def _reasons(staged: Sequence[Mapping[str, Any]]) -> tuple[Counter[str], str]:
    """Why records were rejected and how often, and where the first one is."""
    reasons: Counter[str] = Counter()
    for share in staged:
        reasons.update({reason: int(count) for reason, count in share["reasons"].items()})
    return reasons, next((share["first_rejected"] for share in staged if share["first_rejected"]), "")


def _total(staged: Sequence[Mapping[str, Any]], figure: str) -> int:
    return sum(int(share[figure]) for share in staged)


if __name__ == "__main__":
    step.run(main)
