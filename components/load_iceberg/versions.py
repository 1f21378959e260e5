"""`python -m components.load_iceberg.versions`: bring a table of versions up to a state, in one commit."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from components.iceberg.commits import Outcome, described, hand_on
from components.iceberg.details import FEATURES, QUALITY, of_load, parse_details
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.iceberg.versions import NAMES
from components.load_iceberg.conform import write_rejected
from components.load_iceberg.differing import Rules
from components.load_iceberg.load import rejected as rejected_by
from components.load_iceberg.versioning import STEP, Load, load
from components.shell import step
from components.shell.counts import counted
from components.shell.origin import read_origin
from components.shell.summary import Summary, read_summary

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
    paths = {FEATURES: features, QUALITY: quality}
    pending = Receipt(
        run_key=run_key,
        pipeline=pipeline,
        interval_start=interval_start,
        interval_end=interval_end,
        as_of=as_of,
        version=version,
        git_commit=read_origin().git_commit,
        run_id=run_id,
    )
    summaries = {name: read_summary(path) for name, path in paths.items() if path}
    # Made before the commit: what is wrong in the definition then changes nothing.
    own = replace(definition, columns=tuple(one for one in definition.fields if one.name not in NAMES))
    outcome = load(Load(definition, pending, Rules(tuple(key), tuple(compare), since), summaries), rows)
    write_rejected(rows, own, rejected_by(outcome.receipt), rejected)
    hand_on(outcome, snapshot_id, receipt)
    _report(definition.name, outcome).write(summary)


def _report(table: str, outcome: Outcome) -> Summary:
    """The summary of the load, which is printed as well."""
    done = outcome.receipt
    details = parse_details(done.details).get(STEP, {})
    counts = {word: details.get(word, 0) for word in (*_WORDS, "added")}
    if outcome.already:
        print(f"{table} already holds this state (snapshot {done.snapshot_id}): nothing changed")
    else:
        figures = ", ".join(f"{counts[word]} {word}" for word in _WORDS)
        print(f"{table}: {figures}; {counted(counts['added'], 'version')} committed (snapshot {done.snapshot_id})")
    summary = of_load(done)
    return replace(summary, details=summary.details | described(table, outcome) | counts)


if __name__ == "__main__":
    step.run(main)
