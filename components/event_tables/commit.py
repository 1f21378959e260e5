"""`python -m components.event_tables.commit`: all staged shares of a run become part of the table, in one commit."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from components.event_tables.append import append
from components.event_tables.offsets import canonical, lossy
from components.iceberg.commits import Outcome, described, hand_on
from components.iceberg.details import LOAD, details_text
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.shell import step
from components.shell.counts import counted
from components.shell.malformed import refuse_malformed
from components.shell.origin import read_origin
from components.shell.summary import Summary


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
    combined = _combined(staged)
    load = Receipt(
        run_key=run_key,
        pipeline=pipeline,
        # Where records were lost, the time since the last run stays uncovered for ever.
        interval_start=interval_end if lossy(offsets) else interval_start,
        interval_end=interval_end,
        as_of=as_of,
        version=version,
        rows=_total(staged, "staged"),
        git_commit=read_origin().git_commit,
        attempt=hashlib.sha256("\n".join(manifests).encode()).hexdigest()[:12],
        offsets=canonical(offsets),
        run_id=run_id,
        details=details_text({LOAD: combined}),
    )
    refuse_malformed(most_rejected, _total(staged, "read"), *_reasons(staged))
    done = append(definition, load, manifests)
    _report(definition.name, done)
    hand_on(done, snapshot_id, receipt)
    replace(combined, details=described(definition.name, done) | combined.details).write(summary)


def _report(table: str, done: Outcome) -> None:
    snapshot = done.receipt.snapshot_id
    if done.already:
        print(f"{table} already holds these events (snapshot {snapshot}): nothing changed")
    else:
        print(f"{table}: {counted(done.receipt.rows, 'event')} committed (snapshot {snapshot})")


def _combined(staged: Sequence[Mapping[str, Any]]) -> Summary:
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
