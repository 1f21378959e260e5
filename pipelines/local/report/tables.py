"""The report's tables: steps, rows, removed rows, expectations, and pairs of names and values."""

from collections.abc import Mapping, Sequence

from pipelines.local.report import figures
from pipelines.local.report.markup import Markup, tag
from pipelines.local.report.model import Expectation, StepOutcome

# The order in which the quality check asks; kinds it may learn later come behind.
_RULES = ("columns", "type", "not_null", "unique", "sets", "ranges", "not_after_as_of", "shares", "row_count")
_WHOLE = "all columns"
_LONG = 16
_SIGNS = {"met": "✓", "warned": "!", "failed": "✗"}


def steps(outcomes: Sequence[StepOutcome]) -> Markup:
    """Every step with its state, time and rows; why it was not run again, or why it failed."""
    names = ("Step", "State", "Time", "Rows in", "Rows out", "Rejected", "Remarks")
    head = [tag("th", name, scope="col", class_="num" if 2 <= place <= 5 else None) for place, name in enumerate(names)]  # noqa: PLR2004 - the columns of figures
    return tag("table", tag("thead", tag("tr", head)), tag("tbody", [_step(outcome) for outcome in outcomes]))


def _step(outcome: StepOutcome) -> Markup:
    remarks = outcome.error or outcome.reason
    if outcome.attempts > 1:
        remarks = f"{outcome.attempts} attempts. {remarks}"
    return tag(
        "tr",
        tag("th", outcome.step.name, scope="row", title="/".join(outcome.step.path)),
        tag("td", pill(outcome.state)),
        tag("td", figures.duration(outcome.seconds), class_="num"),
        [
            tag("td", figures.count(rows), class_="num")
            for rows in (outcome.rows_in, outcome.rows_out, outcome.rows_rejected)
        ],
        tag("td", remarks, class_="remark error" if outcome.error else "remark"),
    )


def pill(state: str) -> Markup:
    """The state as a coloured word."""
    return tag("span", state, class_=f"pill {state}")


def removed(outcome: StepOutcome) -> Markup:
    """Rows that a step removed per rule, as bars on a common scale."""
    most = max(outcome.removed.values(), default=0) or 1
    lines = [
        tag(
            "tr",
            tag("th", rule.replace("_", " "), scope="row"),
            tag(
                "td",
                tag("div", tag("i", style=f"width:{100 * rows / most:.1f}%"), class_="track removed"),
                class_="wide",
            ),
            tag("td", figures.count(rows), class_="num"),
        )
        for rule, rows in outcome.removed.items()
    ]
    return tag("table", tag("tbody", lines), class_="shares")


def unmet(expectations: Sequence[Expectation]) -> Markup:
    """What was expected and what was there, for every expectation that was not met."""
    lines = [
        tag(
            "tr",
            tag("td", pill(found.state)),
            tag("th", ", ".join(found.columns) or _WHOLE, scope="row"),
            tag("td", found.rule.replace("_", " ")),
            tag("td", found.expected),
            tag("td", found.observed),
        )
        for found in expectations
        if found.state != "met"
    ]
    head = tag("tr", [tag("th", name, scope="col") for name in ("", "Column", "Rule", "Expected", "Observed")])
    return tag("table", tag("thead", head), tag("tbody", lines)) if lines else Markup()


def matrices(expectations: Sequence[Expectation]) -> list[Markup]:
    """All expectations: a row per column, a field per kind of rule; in two tables side by side where there are many."""
    kinds = sorted({found.rule for found in expectations}, key=lambda rule: (*_RULES, rule).index(rule))
    cells: dict[str, dict[str, list[Expectation]]] = {}
    for found in expectations:
        for name in _named(found):
            cells.setdefault(name, {}).setdefault(found.rule, []).append(found)
    rows = [
        tag("tr", tag("th", name, scope="row"), [_cell(asked.get(kind, [])) for kind in kinds])
        for name, asked in cells.items()
    ]
    half = len(rows) if len(rows) <= _LONG else -(-len(rows) // 2)
    head = tag(
        "tr", tag("th", "Column", scope="col"), [tag("th", kind.replace("_", " "), scope="col") for kind in kinds]
    )
    return [
        tag("table", tag("thead", head), tag("tbody", rows[start : start + half]), class_="matrix")
        for start in range(0, len(rows), half)
    ]


def _named(found: Expectation) -> Sequence[str]:
    return found.columns if found.columns and found.rule != "columns" else [_WHOLE]


def _cell(found: Sequence[Expectation]) -> Markup:
    if not found:
        return tag("td")
    worst = next((state for state in ("failed", "warned") if any(one.state == state for one in found)), "met")
    told = "; ".join(f"{one.expected}: {one.observed}" if one.observed else one.expected for one in found)
    return tag(
        "td", tag("span", _SIGNS[worst], title=told, class_=f"sign {worst}"), tag("span", f" {worst}", class_="unseen")
    )


def pairs(values: Mapping[str, str]) -> Markup:
    """Names and values."""
    lines = [tag("tr", tag("th", name, scope="row"), tag("td", tag("code", value))) for name, value in values.items()]
    return tag("table", tag("tbody", lines), class_="pairs")
