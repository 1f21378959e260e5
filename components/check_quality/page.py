"""The outcome as a static HTML page: no JavaScript, nothing loaded from elsewhere."""

from html import escape
from pathlib import Path

from components.check_quality.outcomes import Finding, Outcome
from components.shell.counts import counted
from components.shell.instants import format_instant
from components.shell.pages import POLICY_TAG

_STYLE = Path(__file__).with_name("page.css")
_ORDER = ("failed", "warned", "met")


def page(outcome: Outcome) -> str:
    """The page as HTML: the verdict and the figures on top, then what failed, what warned and what was met."""
    figures = outcome.figures()
    state = next((name for name in ("failed", "warned") if figures[name]), "met")
    sections = "".join(_section(name, outcome) for name in _ORDER if figures[name])
    return (
        f'<!doctype html>\n<html lang="en"><head>{POLICY_TAG}<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data quality: {_verdict(state)}</title><style>{_STYLE.read_text()}</style></head><body><main>\n"
        f'<div class="banner {state}"><h1>{_verdict(state)}</h1>'
        f"<p>{counted(outcome.rows, 'row')}, as of {escape(format_instant(outcome.as_of))}</p>{_bar(figures)}</div>\n"
        f'<div class="figures">{_figure("rows checked", outcome.rows, "")}'
        + "".join(_figure(name, figures[name], name if figures[name] else "") for name in ("met", "warned", "failed"))
        + f"</div>\n{sections}</main></body></html>\n"
    )


def _verdict(state: str) -> str:
    return {
        "met": "The contract is kept",
        "warned": "The contract is kept, with warnings",
        "failed": "The contract is broken",
    }[state]


def _bar(figures: dict[str, int]) -> str:
    parts = "".join(
        f'<i class="{name}" style="flex: {figures[name]}"></i>' for name in ("met", "warned", "failed") if figures[name]
    )
    return f'<div class="bar">{parts}</div>'


def _figure(name: str, number: int, state: str) -> str:
    return f'<div class="figure {state}"><b>{number:,}</b><span>{name}</span></div>'


def _section(state: str, outcome: Outcome) -> str:
    findings = outcome.of(state)
    title = {"failed": "Failed", "warned": "Warnings", "met": "Met"}[state]
    rows = "".join(_row(finding) for finding in findings)
    names = ("Verdict", "Rule", "Column", "Expected", "Observed", "Severity", "Expectation")
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return f'<section><h2>{title} ({len(findings)})</h2><div class="scroll">{table}</div></section>\n'


def _row(finding: Finding) -> str:
    columns = "<br>".join(f"<code>{escape(name)}</code>" for name in finding.rule.columns) or "the dataset"
    judged_by = escape(finding.expectation.replace("_", " ") or "not judged")
    return (
        f'<tr><td><span class="state {finding.state}">{finding.state}</span></td>'
        f"<td><code>{escape(finding.rule.kind)}</code></td><td>{columns}</td>"
        f"<td>{escape(finding.rule.text)}</td><td>{escape(finding.observed)}{_examples(finding)}</td>"
        f"<td>{finding.rule.severity}</td><td><small>{judged_by}</small></td></tr>\n"
    )


def _examples(finding: Finding) -> str:
    """Up to three values that break the rule, and where they stand."""
    parts = []
    if finding.examples:
        parts.append("such as " + " · ".join(escape(example) for example in finding.examples))
    if finding.row_numbers:
        parts.append(
            "rows "
            + ", ".join(f"{row:,}" for row in finding.row_numbers)
            + (" …" if finding.unexpected > len(finding.row_numbers) else "")
        )
    return "".join(f"<small>{part}</small>" for part in parts)
