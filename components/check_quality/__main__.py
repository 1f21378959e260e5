"""Holds a dataset against its contract."""

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from components.check_quality.contract import parse_contract
from components.check_quality.outcomes import Finding, Outcome
from components.check_quality.page import page
from components.shell import datasets, step
from components.shell.baseline import read_baseline
from components.shell.errors import ContractError
from components.shell.files import write_atomically
from components.shell.summary import Summary

log = logging.getLogger("check_quality")
_NAMED = 3


def main(
    *,
    rows: Path,
    contract: dict[str, Any],
    as_of: datetime,
    results: Path,
    report: Path,
    summary: Path,
    baseline: Path | None = None,
) -> None:
    """Hold rows against their contract."""
    parsed = parse_contract(contract, as_of)
    beyond = read_baseline(baseline, parsed.given)
    datasets.read_manifest(rows)
    _hush("great_expectations")
    # Great Expectations takes two seconds to import: not before contract and dataset are known to be sound.
    from components.check_quality.check import check  # noqa: PLC0415 - Great Expectations takes its time

    checked, findings = check(rows, parsed, beyond)
    outcome = Outcome(checked, as_of, findings)
    write(outcome, results, report, summary)
    for finding in outcome.of("warned"):
        log.warning("%s", line(finding))
    if failed := outcome.of("failed"):
        named = "; ".join(line(finding) for finding in failed[:_NAMED])
        more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        raise ContractError(
            f"the data breaks its contract in {len(failed)} of {len(findings)} expectations: {named}{more}",
            "see the report",
        )
    log.info("%d expectations met, %d warned, on %d rows", len(outcome.of("met")), len(outcome.of("warned")), checked)


def _hush(library: str) -> None:
    """Keep the library's own log, a line for each of its classes, out of the step's; errors reach us as results."""
    logger = logging.getLogger(library)
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def write(outcome: Outcome, results: Path, report: Path, summary: Path) -> None:
    """Write the outcome as JSON, as a page and as the step's summary."""
    failed = bool(outcome.of("failed"))
    details = {
        **outcome.figures(),
        "failures": [line(finding) for finding in outcome.of("failed")],
        "warnings": [line(finding) for finding in outcome.of("warned")],
    }
    write_atomically(results, json.dumps(outcome.document(), indent=2).encode())
    write_atomically(report, page(outcome).encode())
    passed = 0 if failed else outcome.rows
    Summary(outcome.rows, passed, outcome.rows - passed, details).write(summary)


def line(finding: Finding) -> str:
    """The finding in one line without any value of the data."""
    told = "but" if finding.unexpected else "found"
    return f"{finding.name}: expected {finding.rule.text}, {told} {finding.observed}"


if __name__ == "__main__":
    step.run(main)
