"""What became of a contract's rules: findings, the whole outcome, and its JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.check_quality.contract import Rule
from components.shell.instants import format_instant

EXAMPLES = 3


@dataclass(frozen=True)
class Verdict:
    """The result of one rule on one frame; `error` is what kept it from being checked.

    `judged` counts the rows that were checked: all but the null ones.
    """

    expectation: str
    success: bool
    unexpected: int
    examples: tuple[Any, ...]
    row_numbers: tuple[int, ...]
    error: str = ""
    judged: int = 0

    def joined(self, other: "Verdict") -> "Verdict":
        """The verdict on both frames together."""
        return Verdict(
            expectation=self.expectation,
            success=self.success and other.success,
            unexpected=self.unexpected + other.unexpected,
            examples=(*self.examples, *other.examples)[:EXAMPLES],
            row_numbers=(*self.row_numbers, *other.row_numbers)[:EXAMPLES],
            error=self.error or other.error,
            judged=self.judged + other.judged,
        )


@dataclass(frozen=True)
class Expectation:
    """An expectation of the library by its name, with its arguments, and the severity of its rule."""

    expectation: str
    arguments: Mapping[str, Any]
    severity: str

    def refused(self, why: str) -> Verdict:
        """The verdict where it cannot be checked."""
        error = " ".join(why.split())[:200]
        return Verdict(self.expectation, success=False, unexpected=0, examples=(), row_numbers=(), error=error)


@dataclass(frozen=True)
class Finding:
    """What became of one rule.

    `expectation` is the one of Great Expectations that the rule was put to, empty where there is none. `unexpected`
    counts the rows that break the rule, at least that many where `at_least` says so; `row_numbers` count from 0.
    """

    rule: Rule
    success: bool
    observed: str
    expectation: str = ""
    unexpected: int = 0
    at_least: bool = False
    examples: tuple[str, ...] = ()
    row_numbers: tuple[int, ...] = ()

    @property
    def state(self) -> str:
        """`met`, `failed` or `warned`."""
        if self.success:
            return "met"
        return "failed" if self.rule.severity == "error" else "warned"

    @property
    def name(self) -> str:
        """The rule's kind and columns, such as `ranges(hour_of_day)`."""
        return f"{self.rule.kind}({', '.join(self.rule.columns)})" if self.rule.columns else self.rule.kind


@dataclass(frozen=True)
class Outcome:
    """What became of a contract on a dataset of `rows` rows."""

    rows: int
    as_of: datetime
    findings: tuple[Finding, ...]

    def of(self, state: str) -> Sequence[Finding]:
        """The findings in that state: `met`, `failed` or `warned`."""
        return [finding for finding in self.findings if finding.state == state]

    def figures(self) -> dict[str, int]:
        """How many expectations were met, failed and warned."""
        return {state: len(self.of(state)) for state in ("met", "failed", "warned")}

    def document(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return {
            "rows": self.rows,
            "as_of": format_instant(self.as_of),
            **self.figures(),
            "expectations": [_entry(finding) for finding in self.findings],
        }


def _entry(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.kind,
        "columns": list(finding.rule.columns),
        "severity": finding.rule.severity,
        "expected": finding.rule.text,
        "observed": finding.observed,
        "success": finding.success,
        "state": finding.state,
        "expectation": finding.expectation,
        "unexpected": finding.unexpected,
        "unexpected_at_least": finding.at_least,
        "examples": list(finding.examples),
        "rows": list(finding.row_numbers),
    }
