"""Holds a dataset against its contract."""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from components.check_quality.check import check
from components.check_quality.contract import parse_contract
from components.check_quality.moments import figures
from components.check_quality.outcomes import Finding, Outcome
from components.check_quality.page import page
from components.shell import datasets, step
from components.shell.baseline import Baseline, read_baseline
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError
from components.shell.files import write_atomically
from components.shell.schema import Change
from components.shell.summary import Summary

log = logging.getLogger("check_quality")
_NAMED = 3
# The share that the contract states, which no person can mean.
AS_WRITTEN = -1.0


def main(
    *,
    rows: Path,
    contract: dict[str, Any],
    as_of: datetime,
    results: Path,
    report: Path,
    summary: Path,
    baseline: Path | None = None,
    max_drop: float = AS_WRITTEN,
    label: str = "",
) -> None:
    """Hold rows against their contract."""
    parsed = parse_contract(with_max_drop(contract, max_drop), as_of)
    beyond = read_baseline(baseline, parsed.given)
    datasets.read_manifest(rows)
    _hush("great_expectations")
    checked, findings = check(rows, parsed, beyond)
    outcome = Outcome(checked, as_of, findings)
    write(outcome, results, report, summary, figures(rows, label))
    for finding in outcome.of("warned"):
        log.warning("%s", line(finding))
    if failed := outcome.of("failed"):
        named = "; ".join(line(finding) for finding in failed[:_NAMED])
        more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        raise ContractError(
            f"the data breaks its contract in {len(failed)} of {counted(len(findings), 'expectation')}: {named}{more}",
            f"see the report{_way_through(failed, max_drop, _drop(checked, beyond))}",
        )
    met, warned = (len(outcome.of(state)) for state in ("met", "warned"))
    log.info("%s met, %d warned, on %s", counted(met, "expectation"), warned, counted(checked, "row"))


def with_max_drop(contract: Mapping[str, Any], max_drop: float) -> Mapping[str, Any]:
    """The contract, its rule on change with another `max_drop`.

    Raises:
        ConfigurationError: its rule on change has none.
    """
    if max_drop == AS_WRITTEN:
        return contract
    change = contract.get("change", {})
    if "max_drop" not in change:
        raise ConfigurationError("max_drop is given, but the contract bounds no drop", "leave it out")
    return {**contract, "change": {**change, "max_drop": max_drop}}


def _drop(rows: int, baseline: Baseline | None) -> float:
    """By which share the rows are fewer than those before; below 0 where they are more."""
    return (baseline.rows - rows) / baseline.rows if baseline and baseline.rows else 0


def _way_through(failed: Sequence[Finding], max_drop: float, drop: float) -> str:
    """The advice for rows that are rightly gone; empty where something else is wrong, or no parameter would help."""
    if max_drop == AS_WRITTEN or drop <= max_drop or all(finding.rule.kind != Change.part for finding in failed):
        return ""
    return f"; if rows are gone by right, run it once with a larger max_drop (it was {max_drop:g}), such as 1"


def _hush(library: str) -> None:
    """Keep the library's own log, a line for each of its classes, out of the step's; errors reach us as results."""
    logger = logging.getLogger(library)
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def write(outcome: Outcome, results: Path, report: Path, summary: Path, shown: Mapping[str, Any]) -> None:
    """Write the outcome as JSON, as a page and as the step's summary, with what is `shown` of the rows."""
    failed = bool(outcome.of("failed"))
    details = {
        **outcome.figures(),
        "failures": [line(finding) for finding in outcome.of("failed")],
        "warnings": [line(finding) for finding in outcome.of("warned")],
        **shown,
    }
    write_atomically(results, json.dumps(outcome.document(), indent=2).encode())
    write_atomically(report, page(outcome).encode())
    passed = 0 if failed else outcome.rows
    Summary(outcome.rows, passed, outcome.rows - passed, details).write(summary)


def line(finding: Finding) -> str:
    """The finding in one line without any value of the data."""
    word = "but" if finding.unexpected else "found"
    return f"{finding.name}: expected {finding.rule.text}, {word} {finding.observed}"


if __name__ == "__main__":
    step.run(main)
