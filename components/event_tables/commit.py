"""`python -m components.event_tables.commit`: all staged shares of a run become part of the table, in one commit."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from components.event_tables.append import append
from components.event_tables.offsets import canonical, lossy
from components.shell import step
from components.shell.commits import Outcome
from components.shell.details import LOAD, details_text
from components.shell.files import write_atomically, write_parameter
from components.shell.malformed import refuse_malformed
from components.shell.receipts import Receipt
from components.shell.summary import Summary
from components.shell.tables import parse_definition


def main(
    *,
    staged: list[Any],
    offsets: dict[str, Any],
    table: dict[str, Any],
    pipeline: str,
    version: str,
    run_key: str,
    as_of: datetime,
    interval_start: datetime,
    interval_end: datetime,
    snapshot_id: Path,
    receipt: Path,
    summary: Path,
    most_rejected: float = 0.01,
    run_id: str = "",
) -> None:
    """Append staged events in one commit that carries the offsets."""
    definition = parse_definition(table)
    manifests = sorted(str(share["manifest"]) for share in staged if share["manifest"])
    load = Receipt(
        run_key=run_key,
        pipeline=pipeline,
        # Where records were lost, the time since the last run stays uncovered for ever.
        interval_start=interval_end if lossy(offsets) else interval_start,
        interval_end=interval_end,
        as_of=as_of,
        version=version,
        rows=_total(staged, "staged"),
        git_commit=os.environ.get("STOCKPOT_GIT_COMMIT", ""),
        attempt=hashlib.sha256("\n".join(manifests).encode()).hexdigest()[:12],
        offsets=canonical(offsets),
        run_id=run_id,
        details=details_text({LOAD: _said(staged)}),
    )
    refuse_malformed(most_rejected, _total(staged, "read"), *_reasons(staged))
    done = append(definition, load, manifests)
    _tell(definition.name, done)
    write_parameter(snapshot_id, done.receipt.snapshot_id)
    write_atomically(receipt, json.dumps(done.summary, indent=2, sort_keys=True).encode())
    _summary(definition.name, done, run_key, staged).write(summary)


def _tell(table: str, done: Outcome) -> None:
    snapshot = done.receipt.snapshot_id
    if done.already:
        print(f"{table} already holds these events (snapshot {snapshot}): nothing changed")
    else:
        print(f"{table}: {done.receipt.rows} events committed (snapshot {snapshot})")


def _summary(table: str, done: Outcome, run_key: str, staged: Sequence[Mapping[str, Any]]) -> Summary:
    snapshot, said = str(done.receipt.snapshot_id), _said(staged)
    details = {"table": table, "snapshot_id": snapshot, "already_done": done.already, "run_key": run_key}
    return replace(said, details=details | said.details)


def _said(staged: Sequence[Mapping[str, Any]]) -> Summary:
    """Records read, events to be committed and records rejected, of all shares together."""
    filtered = {"left_out": _total(staged, "filtered"), "repeated": _total(staged, "repeated")}
    details = {"filtered": filtered, "shares": len(staged)}
    return Summary(_total(staged, "read"), _total(staged, "staged"), _total(staged, "rejected"), details)


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
