"""`python -m components.load_iceberg`: replace an interval's rows in a table, in one commit with its receipt."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from components.iceberg.commits import Outcome, described, hand_on
from components.iceberg.details import FEATURES, QUALITY, details_text, of_load
from components.iceberg.lateness import LateSpan, parse_past, spans
from components.iceberg.receipts import Receipt
from components.iceberg.tables import CLAMP, NULL, REJECT, parse_definition
from components.iceberg.unfit import parse_tally
from components.load_iceberg.conform import write_rejected
from components.load_iceberg.load import left, load
from components.load_iceberg.load import rejected as rejected_by
from components.load_iceberg.renewing import read_touched
from components.shell import step
from components.shell.counts import counted
from components.shell.origin import read_origin
from components.shell.summary import OFF, Summary, read_summary

_FATES = {REJECT: "rejected", NULL: "loaded with null", CLAMP: "loaded with the nearest value"}

log = logging.getLogger("load_iceberg")


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
    snapshot_id: Path,
    rejected: Path,
    receipt: Path,
    summary: Path,
    generation: int = 0,
    source: str = "",
    touched: Path | None = None,
    past: Path | None = None,
    run_id: str = "",
    features: Path | None = None,
    quality: Path | None = None,
    optional: bool = False,
) -> None:
    """Replace the interval's rows in the table, in one commit that carries its receipt; repeated, change nothing."""
    definition = parse_definition(table)
    summaries = {step: read_summary(path) for step, path in ((FEATURES, features), (QUALITY, quality)) if path}
    pending = Receipt(
        run_key=run_key,
        pipeline=pipeline,
        interval_start=interval_start,
        interval_end=interval_end,
        as_of=as_of,
        version=version,
        git_commit=read_origin().git_commit,
        generation=generation,
        source=source,
        run_id=run_id,
        details=details_text(summaries),
        gaps=optional,
    )
    is_off = optional and FEATURES in summaries and summaries[FEATURES].is_off
    if is_off:
        outcome = left(definition, pending)
        print(f"{definition.name} is left as it is: the step that makes its rows is off in this run")
    else:
        late = read_touched(touched, parse_past(past.read_text()).seen) if touched and past else None
        outcome = load(definition, pending, rows, late)
        _report(definition.name, pipeline, outcome)
    write_rejected(rows, definition, rejected_by(outcome.receipt), rejected)
    hand_on(outcome, snapshot_id, receipt)
    _summary(definition.name, outcome, OFF if is_off else {}).write(summary)


def _report(table: str, pipeline: str, outcome: Outcome) -> None:
    receipt = outcome.receipt
    if outcome.already:
        print(f"{table} already holds this interval (snapshot {receipt.snapshot_id}): nothing changed")
    else:
        rows = counted(receipt.rows, "row")
        print(f"{table}: {rows} of {receipt.interval} committed (snapshot {receipt.snapshot_id})")
    for policy, reasons in parse_tally(receipt.unfit).items():
        for reason, count in reasons.items():
            print(f"{table}: {counted(count, 'row')} {_FATES[policy]} for {reason}")
    _report_late(table, pipeline, spans(receipt.reopened), spans(receipt.late))


def _summary(table: str, outcome: Outcome, state: dict[str, Any]) -> Summary:
    summary = of_load(outcome.receipt)
    return replace(summary, details=described(table, outcome) | summary.details | state)


def _report_late(table: str, pipeline: str, reopened: Sequence[LateSpan], late: Sequence[LateSpan]) -> None:
    """Report what facts that became known late have changed, and what they could not change."""
    if reopened:
        start, end, uploads = _together(reopened)
        of = counted(uploads, "upload")
        print(f"{table}: rows of {of} in [{start}, {end}) brought up to date with what became known late")
    if late:
        start, end, images = _together(late)
        log.warning(
            "%s lacks facts on %s of [%s, %s), which became known after the lookback, or that another version"
            " has filled: stockpot backfill %s --from %s --to %s --reprocess late takes them in",
            table, counted(images, "row"), start, end, pipeline, start, end,
        )  # fmt: skip


def _together(stretches: Sequence[LateSpan]) -> LateSpan:
    """All of the stretches as one."""
    return min(one[0] for one in stretches), max(one[1] for one in stretches), sum(one[2] for one in stretches)


if __name__ == "__main__":
    step.run(main)
