"""The index of runs, one page: what failed, and each pipeline's runs by day with their figures over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from components.pages import figures
from components.pages.markup import Markup, tag
from components.pages.sheet import sheet
from components.pages.small_lines import small_line
from components.pages.tables import pill
from components.shell.counts import counted

MOST_RUNS = 500
_DRAWN, _UNFOLDED = 60, 10
_SUCCEEDED, _ENDED_BADLY = "succeeded", ("failed", "interrupted", "stopped")


@dataclass(frozen=True)
class Line:
    """One run; `report` is the address of its report seen from the index, and empty where it has none.

    `instant` is what it is about, `drift` how far the column has moved that moved most since the run before, `moved`
    which column that is. `advice` is the next command of a failure. None and empty is what nobody knows.
    """

    run_id: str
    state: str
    started: datetime
    instant: datetime
    seconds: float | None = None
    error: str = ""
    warnings: Sequence[str] = ()
    report: str = ""
    rows: int | None = None
    rejected: int | None = None
    label: str = ""
    label_share: float | None = None
    drift: float | None = None
    moved: str = ""
    advice: str = ""

    @property
    def failed(self) -> bool:
        """Whether it ended badly."""
        return self.state in _ENDED_BADLY


@dataclass(frozen=True)
class History:
    """The runs of one pipeline, newest first."""

    pipeline: str
    title: str
    lines: Sequence[Line]


def history(pipeline: str, title: str, lines: Sequence[Line]) -> History:
    """The history of these runs, newest first, without the advice of whatever needs none any more.

    So it is where a later run of the same instant, or of one behind it, has done what this one has not.
    """
    history_lines: list[Line] = []
    done: datetime | None = None
    for line in lines:
        is_open = line.failed and (done is None or done < line.instant)
        history_lines.append(line if is_open else replace(line, advice=""))
        if line.state == _SUCCEEDED:
            done = max(done or line.instant, line.instant)
    return History(pipeline, title, history_lines)


def render(histories: Sequence[History], note: str = "") -> str:
    """The index as one HTML document; the note is said of it as a whole."""
    runs = sum(len(each.lines) for each in histories)
    last = max((line.started for each in histories for line in each.lines), default=None)
    number = f"{counted(runs, 'run')} of {counted(len(histories), 'pipeline')}"
    summary = f"{number}, the last of {figures.instant(last)}" if runs else "Nothing was run yet."
    head = tag(
        "header",
        tag("p", "Stockpot · runs", class_="overline"),
        tag("h1", "Runs"),
        tag("p", summary, class_="meta"),
        tag("p", note, class_="note") if note else None,
    )
    main = tag("main", head, _failures(histories), [_pipeline(each) for each in histories])
    return sheet("Stockpot · runs", main, tag("footer", "Days and times in UTC"))


def _failures(histories: Sequence[History]) -> Markup:
    """What failed and was not made good since, with the next command."""
    open_ones = [line for each in histories for line in each.lines if line.advice]
    if not open_ones:
        return Markup()
    items = [
        tag("li", _named(line, line.run_id), f" {line.error or line.state}", tag("br"), tag("code", line.advice))
        for line in open_ones
    ]
    return tag("section", tag("h2", "What failed, and the next command"), tag("ul", items), class_="card failure")


def _pipeline(history: History) -> Markup:
    drawn = list(reversed(history.lines[:_DRAWN]))
    head = tag("h2", history.title, " ", pill(history.lines[0].state))
    name = tag("p", tag("code", history.pipeline), f" · {counted(len(history.lines), 'run')}", class_="note")
    older = history.lines[_UNFOLDED:]
    folded = tag("details", tag("summary", counted(len(older), "older run")), _runs(history, older)) if older else None
    newest = _runs(history, history.lines[:_UNFOLDED])
    return tag("section", head, name, _lines(drawn), newest, folded, class_="card")


def _lines(drawn: Sequence[Line]) -> Markup:
    """The figures over time, oldest first, that the pipeline has."""
    failed = [line.failed for line in drawn]
    label = next((line.label for line in reversed(drawn) if line.label), "")
    charts = [
        small_line("Rows", [line.rows for line in drawn], failed, figures.short),
        small_line(f"Share of {label}", [line.label_share for line in drawn], failed, _percent),
        small_line("Drift", [line.drift for line in drawn], failed, _drift),
        small_line("Duration", [None if line.failed else line.seconds for line in drawn], failed, figures.duration),
    ]
    return tag("div", charts, class_="charts") if any(charts) else Markup()


def _percent(share: float) -> str:
    return figures.share(share, 1)


def _drift(value: float) -> str:
    return f"{value:.2f}"


def _runs(history: History, lines: Sequence[Line]) -> Markup:
    """The runs as a table, each day under a head of its own; figures that no run of the pipeline has are left out."""
    has_rows = any(line.rows is not None for line in history.lines)
    has_label = any(line.label for line in history.lines)
    has_drift = any(line.drift is not None for line in history.lines)
    optional = (("Rows", has_rows), ("Rejected", has_rows), ("Label", has_label), ("Drift", has_drift))
    figured = [name for name, is_there in optional if is_there]
    heads = [tag("th", name, scope="col") for name in ("Day", "Started", "As of", "State")]
    numbers = [tag("th", name, scope="col", class_="num") for name in (*figured, "Took")]
    days = [
        _day(str(day), [row for line in those for row in _run(line, figured)])
        for day, those in groupby(lines, key=lambda line: line.started.astimezone(UTC).date())
    ]
    return tag("div", tag("table", tag("thead", tag("tr", heads, numbers)), days, class_="runs"), class_="scroll")


def _day(day: str, rows: Sequence[Sequence[Markup]]) -> Markup:
    """The rows of one day, which is named beside the first of them."""
    head = tag("th", day, scope="rowgroup", rowspan=len(rows), class_="day")
    return tag("tbody", [tag("tr", None if index else head, cells) for index, cells in enumerate(rows)])


def _run(line: Line, figured: Sequence[str]) -> list[list[Markup]]:
    """The cells of the run's row, and of one below it for its error or each warning."""
    moved = tag("span", line.moved, class_="moved") if line.moved else None
    cells: Mapping[str, object] = {
        "Rows": figures.count(line.rows),
        "Rejected": figures.count(line.rejected),
        "Label": figures.NONE if line.label_share is None else _percent(line.label_share),
        "Drift": figures.NONE if line.drift is None else [_drift(line.drift), moved],
    }
    row = [
        tag("th", _named(line, f"{line.started.astimezone(UTC):%H:%M:%S}"), scope="row", title=line.run_id),
        tag("td", figures.short_instant(line.instant), class_="instant"),
        tag("td", pill(line.state)),
        *(tag("td", cells[name], class_="num") for name in figured),
        tag("td", figures.duration(line.seconds), class_="num"),
    ]
    remarks = [line.error] if line.error else [f"warns: {text}" for text in line.warnings]
    class_ = "remark error" if line.error else "remark"
    return [row, *([tag("td", text, colspan=len(row), class_=class_)] for text in remarks)]


def _named(line: Line, text: str) -> Markup:
    """The text, as a link to the run's report where it has one."""
    return tag("a", text, href=line.report) if line.report else tag("b", text)
