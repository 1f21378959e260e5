"""The page: a header that says how it went, then how each part did."""

from collections.abc import Sequence

from components.pages import figures, parts, tables
from components.pages.markup import Markup, join, tag
from components.pages.model import StepOutcome
from components.pages.sheet import sheet
from components.shell.counts import counted
from stockpot.report import charts, graph, step_figures, timeline
from stockpot.report.model import Distributions, Report
from stockpot.report.neighbours import NOBODY, nav
from stockpot.report.pictures import draw


def render(report: Report) -> str:
    """The report as one HTML document that is XML as well; it needs nothing beside itself."""
    drawn = (
        parts.comparison, _steps, parts.steps, _figures, _rejected, parts.quality, _pictures, _features, _sample,
        _pages, parts.lineage, parts.receipt, _command, parts.settings,
    )  # fmt: skip
    head = (parts.header(report, nav(NOBODY)), parts.failures(report, _last_words(report)), parts.tiles(report))
    main = tag("main", head, [draw_part(report) for draw_part in drawn])
    return sheet(f"{report.pipeline} · {report.run_id} · {report.outcome}", main, parts.footer(report))


def _last_words(report: Report) -> list[Markup]:
    """The ends of the logs of the steps that failed."""
    return [
        tag(
            "details",
            tag("summary", "The last lines of ", tag("code", step)),
            tag("pre", "\n".join(lines)),
            open="open",
        )
        for step, lines in report.last_words.items()
    ]


def _command(report: Report) -> Markup:
    return parts.command(report.command)


def _steps(report: Report) -> Markup:
    if not report.steps:
        return Markup()
    beside = tag("div", timeline.draw(report.steps), parts.removed(report.steps))
    drawings = tag("div", tag("div", graph.draw(report.steps), class_="scroll"), beside, class_="split")
    return parts.section("Steps", _legend(report.steps), drawings)


def _legend(steps: Sequence[StepOutcome]) -> Markup:
    states = dict.fromkeys(step.state for step in steps)
    return tag("p", [tag("span", tag("i", class_=f"dot {state}"), state) for state in states], class_="legend")


def _figures(report: Report) -> Markup:
    return step_figures.section(report.steps)


def _rejected(report: Report) -> Markup:
    return parts.section("Rejected rows", tables.rejected(report.rejected)) if report.rejected else Markup()


def _pictures(report: Report) -> Markup:
    return draw.section(report.pictures)


def _features(report: Report) -> Markup:
    data = report.distributions
    if not data.rows:
        return Markup()
    part = "" if data.rows == data.of else f"{figures.count(data.rows)} of "
    note = f"{part}{counted(data.of, 'row')} of the dataset “{data.source}”. Beside each name: least … median … most."
    return parts.section(
        "What the rows look like",
        tag("p", note, class_="note"),
        _label(data),
        _group_legend(data),
        tag("div", [charts.bars(chart) for chart in data.bars], class_="charts"),
        [charts.lines(chart) for chart in data.categories],
        [tag("h3", "Share of true"), charts.shares(data.shares)] if data.shares else None,
    )


def _label(data: Distributions) -> Markup:
    return (
        join([tag("h3", "Label ", tag("code", data.label)), charts.shares(data.label_shares)])
        if data.label
        else Markup()
    )


def _group_legend(data: Distributions) -> Markup:
    groups = next((chart.groups for chart in data.bars if len(chart.groups) > 1), ())
    spans = [tag("span", tag("i", class_=f"dot group-{index}"), name) for index, name in enumerate(groups)]
    return tag("p", spans, class_="legend") if spans else Markup()


def _sample(report: Report) -> Markup:
    if (rows := report.sample) is None:
        return Markup()
    hidden = tag("p", f"Not shown, as personal or secret: {', '.join(rows.hidden)}.", class_="muted")
    return parts.section(
        f"Rows of {rows.table}",
        tag("p", "The first ones that the run has committed, cut where they are long.", class_="note"),
        tables.sample(rows),
        hidden if rows.hidden else None,
    )


def _pages(report: Report) -> Markup:
    """The pages that steps have left, each in a frame of its own, in which nothing can run.

    For the same reason nothing leads to those for which there is no room: it is said where they lie.
    """
    frames = [
        tag(
            "details",
            tag("summary", tag("code", step)),
            tag("iframe", title=step, srcdoc=page, sandbox=""),
            open="open",
        )
        for step, page in report.pages.items()
    ]
    note = tag("p", "No room here for these pages, which lie below the run's directory:", class_="note")
    further = [note, tables.pairs(report.further_pages)] if report.further_pages else []
    return parts.section("Pages of the steps", frames, further) if frames or further else Markup()
