"""The report's tables: steps, rows, removed rows, expectations, and pairs of names and values."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from components.pages import figures
from components.pages.markup import Markup, join, tag
from components.pages.model import Change, Expectation, Origin, Rejected, Sample, StepOutcome
from components.shell.counts import counted

# The order in which the quality check asks; kinds it may learn later come behind.
_RULES = (
    *(
        "columns",
        "type",
        "not_null",
        "unique",
        "sets",
        "ranges",
        "ordered",
        "gaps",
        "not_after_as_of",
        "shares",
        "means",
    ),
    "row_count",
)
_WHOLE = "all columns"
_LONG = 16
_SIGNS = {"met": "✓", "warned": "!", "failed": "✗"}


def steps(outcomes: Sequence[StepOutcome]) -> Markup:
    """Every step with its state, time and rows; why it was not run again, or why it failed."""
    names = ("Step", "State", "Time", "Rows in", "Rows out", "Rejected", "Remarks")
    head = [tag("th", name, scope="col", class_="num" if 2 <= index <= 5 else None) for index, name in enumerate(names)]  # noqa: PLR2004 - the columns of figures
    return tag("table", tag("thead", tag("tr", head)), tag("tbody", [_step(outcome) for outcome in outcomes]))


def _step(outcome: StepOutcome) -> Markup:
    ran = outcome.state == "succeeded" and outcome.reason
    remarks = outcome.error or (f"ran: {outcome.reason}" if ran else outcome.reason)
    rows = (outcome.rows_in, outcome.rows_out, outcome.rows_rejected)
    if outcome.attempts > 1:
        remarks = f"{counted(outcome.attempts, 'attempt')}. {remarks}"
    return tag(
        "tr",
        tag("th", outcome.name, scope="row", title="/".join(outcome.step.path)),
        tag("td", pill(outcome.state)),
        tag("td", figures.duration(outcome.seconds), class_="num"),
        [
            # A step that has nothing to do with rows says so with zeros.
            tag("td", figures.count(count if any(rows) else None), class_="num")
            for count in rows
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
    return _expectation_table([expectation for expectation in expectations if expectation.state != "met"])


def every(expectations: Sequence[Expectation]) -> Markup:
    """The same of all expectations, folded away until somebody asks."""
    table = _expectation_table(expectations)
    return tag("details", tag("summary", "Each with what was observed"), table, class_="scroll") if table else table


def _expectation_table(expectations: Sequence[Expectation]) -> Markup:
    lines = [
        tag(
            "tr",
            tag("td", pill(expectation.state)),
            tag("th", ", ".join(expectation.columns) or _WHOLE, scope="row"),
            tag("td", expectation.rule.replace("_", " ")),
            tag("td", expectation.expected),
            tag("td", expectation.observed),
        )
        for expectation in expectations
    ]
    head = tag("tr", [tag("th", name, scope="col") for name in ("", "Column", "Rule", "Expected", "Observed")])
    return tag("table", tag("thead", head), tag("tbody", lines)) if lines else Markup()


def matrices(expectations: Sequence[Expectation]) -> list[Markup]:
    """The expectations of columns: a row per column, a field per kind of rule; in two tables where there are many."""
    cells: dict[str, dict[str, list[Expectation]]] = {}
    for expectation in expectations:
        for name in expectation.columns if not _is_of_whole(expectation) else ():
            cells.setdefault(name, {}).setdefault(expectation.rule, []).append(expectation)
    names = list(cells)
    half = len(names) if len(names) <= _LONG else -(-len(names) // 2)
    parts = [names[start : start + half] for start in range(0, len(names), half or 1)]
    return [tag("div", _matrix({name: cells[name] for name in part}), class_="scroll") for part in parts]


def _matrix(cells: Mapping[str, Mapping[str, Sequence[Expectation]]]) -> Markup:
    rules_present = {rule for rules in cells.values() for rule in rules}
    kinds = sorted(rules_present, key=lambda rule: ((*_RULES, rule).index(rule), rule))
    head = tag(
        "tr", tag("th", "Column", scope="col"), [tag("th", kind.replace("_", " "), scope="col") for kind in kinds]
    )
    body = [
        tag("tr", tag("th", name, scope="row"), [_cell(rules.get(kind, ())) for kind in kinds])
        for name, rules in cells.items()
    ]
    return tag("table", tag("thead", head), tag("tbody", body), class_="matrix")


def whole(expectations: Sequence[Expectation]) -> Markup:
    """The expectations of the dataset as a whole, one behind the other."""
    spans = [
        tag(
            "span",
            _sign([expectation]),
            f" {expectation.rule.replace('_', ' ')}: {expectation.expected}",
            class_="whole",
        )
        for expectation in expectations
        if _is_of_whole(expectation)
    ]
    return tag("p", spans, class_="legend") if spans else Markup()


def _is_of_whole(expectation: Expectation) -> bool:
    return not expectation.columns or expectation.rule == "columns"


def _cell(expectations: Sequence[Expectation]) -> Markup:
    return tag("td", _sign(expectations) if expectations else None)


def _sign(expectations: Sequence[Expectation]) -> Markup:
    worst = next((state for state in ("failed", "warned") if any(one.state == state for one in expectations)), "met")
    title = "; ".join(f"{one.expected}: {one.observed}" if one.observed else one.expected for one in expectations)
    sign = tag("span", _SIGNS[worst], title=title, class_=f"sign {worst}", aria_hidden="true")
    return join([sign, tag("span", f" {worst}", class_="unseen")])


def pairs(values: Mapping[str, str]) -> Markup:
    """Names and values."""
    lines = [tag("tr", tag("th", name, scope="row"), tag("td", tag("code", value))) for name, value in values.items()]
    return tag("table", tag("tbody", lines), class_="pairs")


def changes(head: str, changed: Sequence[Change]) -> Markup:
    """What was and what is, and by how much that is more or less; nothing of nothing."""
    if not changed:
        return Markup()
    names = (head, "Before", "Now", *(("Change",) if any(each.change for each in changed) else ()))
    heads = [tag("th", name, scope="col", class_="num" if index else None) for index, name in enumerate(names)]
    lines = [
        tag(
            "tr",
            tag("th", each.name, scope="row"),
            [tag("td", text, class_="num") for text in (each.before, each.now, each.change)[: len(names) - 1]],
        )
        for each in changed
    ]
    return tag("table", tag("thead", tag("tr", heads)), tag("tbody", lines), class_="changes")


def rejected(by_step: Sequence[Rejected]) -> Markup:
    """Rows that were rejected, by step and reason, and the way to where they lie, if it is known of any."""
    is_placed = any(each.path for each in by_step)
    lines = [
        tag(
            "tr",
            tag("th", each.step, scope="row"),
            tag("td", reason.replace("_", " ")),
            tag("td", figures.count(rows), class_="num"),
            tag("td", tag("a", tag("code", each.path), href=quote(each.path))) if is_placed else None,
        )
        for each in by_step
        for reason, rows in each.reasons.items()
    ]
    return _even(("Step", "Reason", "Rows", *(("Where they lie",) if is_placed else ())), lines)


def sample(rows: Sample) -> Markup:
    """A few rows, each as a column, for tables have more columns than a page has room beside each other."""
    number = max(map(len, rows.columns.values()), default=0)
    lines = [
        tag("tr", tag("th", name, scope="row"), [tag("td", value) for value in values])
        for name, values in rows.columns.items()
    ]
    return _even(("Column", *(f"Row {index + 1}" for index in range(number))), lines)


def origins(head: str, tables: Sequence[Origin]) -> Markup:
    """Tables with the state in which they were, and their rows; nothing of nothing."""
    lines = [
        tag(
            "tr",
            tag("th", each.name, scope="row"),
            tag("td", each.state),
            tag("td", figures.count(each.rows), class_="num"),
        )
        for each in tables
    ]
    return _even((head, "State", "Rows"), lines) if lines else Markup()


def _even(names: Sequence[str], lines: Sequence[Markup]) -> Markup:
    """A table whose columns share its width, however long what is in them."""
    heads = [tag("th", name, scope="col", class_="num" if name == "Rows" else None) for name in names]
    return tag("table", tag("thead", tag("tr", heads)), tag("tbody", lines), class_="even")
