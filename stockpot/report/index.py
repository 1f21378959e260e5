"""The index of a home's runs, one page: what failed, and each pipeline's runs by day with their figures over time."""

from collections.abc import Sequence
from datetime import UTC
from itertools import groupby
from pathlib import Path

from components.pages import figures
from components.pages.markup import Markup, tag
from components.pages.sheet import sheet
from components.pages.tables import pill
from components.shell.counts import counted
from components.shell.files import write_atomically
from components.shell.redaction import masked
from stockpot.local.homes import private
from stockpot.local.locks import exclusive
from stockpot.local.records import Run, list_runs, runs_directory
from stockpot.report import neighbours
from stockpot.report.overview import Following, History, Line, histories
from stockpot.report.small_lines import small_line

MOST_RUNS = 500
_DRAWN, _UNFOLDED = 60, 10


def index_path(home: Path) -> Path:
    """The path of the index, whether it is there or not."""
    return runs_directory(home) / "index.html"


def write_index(home: Path, *linked: str) -> Path:
    """The path of the index, just written; the reports of the runs `linked` are made to lead to those beside them.

    Of runs that end at the same time, the last to come here has seen all of them.
    """
    directory = private(home, "runs")
    with exclusive(directory / "index.lock"):
        runs = list_runs(home, MOST_RUNS)
        neighbours.link(directory, runs, linked)
        path = index_path(home)
        write_atomically(path, masked(render(histories(directory, runs))).encode())
    return path


def write_index_of(directory: Path, runs: Sequence[Run], following: Following) -> Path:
    """The path of the index of the newest of the runs, whose pages lie in that directory, just written.

    `following` gives the next command of one that failed.
    """
    path = directory / "index.html"
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(path, masked(render(histories(directory, runs[:MOST_RUNS], following))).encode())
    return path


def render(found: Sequence[History]) -> str:
    """The index as one HTML document."""
    runs = sum(len(history.lines) for history in found)
    last = max((line.started for history in found for line in history.lines), default=None)
    number = f"{counted(runs, 'run')} of {counted(len(found), 'pipeline')}"
    told = f"{number}, the last of {figures.instant(last)}" if runs else "Nothing was run yet."
    head = tag(
        "header",
        tag("p", "Stockpot · runs", class_="overline"),
        tag("h1", "Runs"),
        tag("p", told, class_="meta"),
    )
    main = tag("main", head, _failures(found), [_pipeline(history) for history in found])
    return sheet("Stockpot · runs", main, tag("footer", "Days and times in UTC"))


def _failures(found: Sequence[History]) -> Markup:
    """What failed and was not made good since, with the next command."""
    open_ones = [line for history in found for line in history.lines if line.advice]
    if not open_ones:
        return Markup()
    told = [
        tag(
            "li",
            _named(line, line.run.id),
            f" {line.run.error or line.run.state}",
            tag("br"),
            tag("code", line.advice),
        )
        for line in open_ones
    ]
    return tag("section", tag("h2", "What failed, and the next command"), tag("ul", told), class_="card failure")


def _pipeline(history: History) -> Markup:
    last = history.lines[0].run.state
    drawn = list(reversed(history.lines[:_DRAWN]))
    head = tag("h2", history.title, " ", pill(last))
    name = tag("p", tag("code", history.pipeline), f" · {counted(len(history.lines), 'run')}", class_="note")
    older = history.lines[_UNFOLDED:]
    folded = tag("details", tag("summary", counted(len(older), "older run")), _runs(history, older)) if older else None
    newest = _runs(history, history.lines[:_UNFOLDED])
    return tag("section", head, name, _lines(drawn), newest, folded, class_="card")


def _lines(drawn: Sequence[Line]) -> Markup:
    """The figures over time, oldest first, that the pipeline has."""
    failed = [line.failed for line in drawn]
    label = next((line.kept.label for line in reversed(drawn) if line.kept.label), "")
    charts = [
        small_line("Rows", [line.kept.rows for line in drawn], failed, figures.short),
        small_line(f"Share of {label}", [line.kept.label_share for line in drawn], failed, _percent),
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
    has_rows = any(line.kept.rows is not None for line in history.lines)
    has_label = any(line.kept.label for line in history.lines)
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
    return tag("tbody", [tag("tr", None if place else head, cells) for place, cells in enumerate(rows)])


def _run(line: Line, figured: Sequence[str]) -> list[list[Markup]]:
    """The cells of the run's row, and of one below it for its error or each warning."""
    moved = tag("span", line.moved, class_="moved") if line.moved else None
    told: dict[str, object] = {
        "Rows": figures.count(line.kept.rows),
        "Rejected": figures.count(line.kept.rejected),
        "Label": figures.NONE if line.kept.label_share is None else _percent(line.kept.label_share),
        "Drift": figures.NONE if line.drift is None else [_drift(line.drift), moved],
    }
    row = [
        tag("th", _named(line, f"{line.started.astimezone(UTC):%H:%M:%S}"), scope="row", title=line.run.id),
        tag("td", figures.short_instant(line.instant), class_="instant"),
        tag("td", pill(line.run.state)),
        *(tag("td", told[name], class_="num") for name in figured),
        tag("td", figures.duration(line.seconds), class_="num"),
    ]
    remarks = [line.run.error] if line.run.error else [f"warns: {text}" for text in line.run.warnings]
    class_ = "remark error" if line.run.error else "remark"
    return [row, *([tag("td", text, colspan=len(row), class_=class_)] for text in remarks)]


def _named(line: Line, text: str) -> Markup:
    """The text, as a link to the run's report where it has one."""
    return tag("a", text, href=line.report) if line.report else tag("b", text)
