"""The page: a header that says how it went, then how each part did."""

from collections.abc import Sequence

from stockpot.report import charts, figures, graph, tables, timeline
from stockpot.report.markup import Markup, join, tag
from stockpot.report.model import Contract, Distributions, Expectation, Report, StepOutcome
from stockpot.report.neighbours import NOBODY, nav, report_of
from stockpot.report.pictures import draw
from stockpot.report.sheet import sheet


def render(report: Report) -> str:
    """The report as one HTML document that is XML as well; it needs nothing beside itself."""
    parts = (
        _comparison,
        _steps,
        _rows,
        _rejected,
        _quality,
        _pictures,
        _features,
        _sample,
        _pages,
        _lineage,
        _receipt,
        _settings,
    )
    sections = [section(report) for section in parts]
    main = tag("main", _header(report), _failures(report), _tiles(report), sections)
    return sheet(f"{report.pipeline} · {report.run_id} · {report.outcome}", main, _footer(report))


def _header(report: Report) -> Markup:
    ran = (
        figures.duration((report.finished - report.started).total_seconds())
        if report.finished and report.started
        else ""
    )
    return tag(
        "header",
        nav(NOBODY),
        tag("p", "Stockpot · run report", class_="overline"),
        tag("h1", report.title or report.pipeline, tables.pill(report.outcome)),
        tag("p", _with_code(report.description), class_="lead") if report.description else None,
        tag(
            "p",
            tag("code", report.run_id),
            tag("span", f"started {figures.instant(report.started)}"),
            tag("span", f"took {ran}") if ran else None,
            class_="meta",
        ),
    )


def _with_code(text: str) -> list[object]:
    """The text with what stands between backticks set as code."""
    return [tag("code", part) if place % 2 else part for place, part in enumerate(text.split("`"))]


def _failures(report: Report) -> Markup:
    failed = [step for step in report.steps if step.error]
    if not failed and not report.error:
        return Markup()
    lines = [tag("li", tag("b", step.name), " ", step.error) for step in failed] or [tag("li", report.error)]
    following = tag("p", "Once the cause is gone: ", tag("code", report.next_command))
    advice = following if report.next_command else Markup()
    told = [
        tag(
            "details", tag("summary", "The last lines of ", tag("code", step)), tag("pre", "\n".join(said)), open="open"
        )
        for step, said in report.last_words.items()
    ]
    return tag("section", tag("h2", "What went wrong"), tag("ul", lines), advice, told, class_="card failure")


def _tiles(report: Report) -> Markup:
    tiles = [_tile(name, value) for name, value in report.facts.items()]
    if report.expectations:
        met = sum(found.state == "met" for found in report.expectations)
        states = {found.state for found in report.expectations}
        worst = next((state for state in ("failed", "warned") if state in states), "met")
        tiles.append(_tile("Expectations met", f"{met} of {len(report.expectations)}", worst))
    done = sum(step.state in ("succeeded", "cached") for step in report.steps)
    cached = sum(step.state == "cached" for step in report.steps)
    note = f"{cached} from the cache" if cached else ""
    return tag("dl", tiles, _tile("Steps done", f"{done} of {len(report.steps)}", note=note), class_="tiles")


def _tile(name: str, value: str, state: str = "", note: str = "") -> Markup:
    return tag(
        "div",
        tag("dt", name),
        tag("dd", value),
        tag("dd", note, class_="small") if note else None,
        class_=f"tile {state}",
    )


def _section(title: str, *children: object, class_: str = "") -> Markup:
    return tag("section", tag("h2", title), children, class_=f"card {class_}".strip())


def _comparison(report: Report) -> Markup:
    """The run beside the one before it, with the way there."""
    if (found := report.comparison) is None:
        return Markup()
    way = tag("a", found.run_id, href=report_of(found.run_id))
    told = tag("p", "The last run before this one that succeeded: ", way, class_="note")
    return _section(
        "Since the run before",
        told,
        tag(
            "div",
            tables.changes("Figure", found.figures),
            tables.changes("Mean of a column", found.columns),
            class_="side-by-side",
        ),
        _quiet(found.has_columns and not found.columns, "No column has moved by 0.1 standard deviations (sd) or more."),
        tables.changes("Rule", found.rules),
        _quiet(found.has_rules and not found.rules, "Every rule of the data contracts came out as before."),
    )


def _quiet(is_so: bool, text: str) -> Markup:
    """What is worth saying where nothing has changed."""
    return tag("p", text, class_="muted") if is_so else Markup()


def _steps(report: Report) -> Markup:
    if not report.steps:
        return Markup()
    beside = tag("div", timeline.draw(report.steps), _removed(report.steps))
    drawings = tag("div", tag("div", graph.draw(report.steps), class_="scroll"), beside, class_="split")
    return _section("Steps", _legend(report.steps), drawings)


def _legend(steps: Sequence[StepOutcome]) -> Markup:
    states = dict.fromkeys(step.state for step in steps)
    return tag("p", [tag("span", tag("i", class_=f"dot {state}"), state) for state in states], class_="legend")


def _rows(report: Report) -> Markup:
    return (
        _section("Rows and remarks", tag("div", tables.steps(report.steps), class_="scroll"))
        if report.steps
        else Markup()
    )


def _removed(steps: Sequence[StepOutcome]) -> Markup:
    """What each step took out; rules that removed nothing are named, for that is worth knowing too."""
    return join(
        [(tag("h3", "Removed by ", tag("code", step.name)), tables.removed(step)) for step in steps if step.removed]
    )


def _rejected(report: Report) -> Markup:
    return _section("Rejected rows", tables.rejected(report.rejected)) if report.rejected else Markup()


def _quality(report: Report) -> Markup:
    several = len(report.contracts) > 1
    return join([_contract(contract, contract.step if several else "") for contract in report.contracts])


def _contract(contract: Contract, step: str) -> Markup:
    expectations = contract.expectations
    return _section(
        f"Data contract · {step}" if step else "Data contract",
        tag("p", _verdict(expectations), class_="note"),
        tag("div", tables.unmet(expectations), class_="scroll"),
        tables.whole(expectations),
        tag("div", tables.matrices(expectations), class_="matrices"),
        tables.every(expectations),
    )


def _verdict(expectations: Sequence[Expectation]) -> str:
    counts = {state: sum(found.state == state for found in expectations) for state in ("met", "warned", "failed")}
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return f"{len(expectations)} expectations: {told}."


def _pictures(report: Report) -> Markup:
    return draw.section(report.pictures)


def _features(report: Report) -> Markup:
    data = report.distributions
    if not data.rows:
        return Markup()
    counted = (
        figures.count(data.rows) if data.rows == data.of else f"{figures.count(data.rows)} of {figures.count(data.of)}"
    )
    told = f"{counted} rows of the dataset “{data.source}”. Beside each name: least … median … most."
    return _section(
        "What the rows look like",
        tag("p", told, class_="note"),
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
    spans = [tag("span", tag("i", class_=f"dot group-{place}"), name) for place, name in enumerate(groups)]
    return tag("p", spans, class_="legend") if spans else Markup()


def _sample(report: Report) -> Markup:
    if (found := report.sample) is None:
        return Markup()
    hidden = tag("p", f"Not shown, as personal or secret: {', '.join(found.hidden)}.", class_="muted")
    return _section(
        f"Rows of {found.table}",
        tag("p", "The first ones that the run has committed, cut where they are long.", class_="note"),
        tables.sample(found),
        hidden if found.hidden else None,
    )


def _lineage(report: Report) -> Markup:
    found = report.lineage
    parts = (tables.origins(head, those) for head, those in (("Read from", found.read), ("Written to", found.written)))
    return _section("Where the rows come from", *parts) if found.read or found.written else Markup()


def _pages(report: Report) -> Markup:
    """The pages that steps have left, each in a frame of its own, in which nothing can run."""
    frames = [
        tag(
            "details",
            tag("summary", tag("code", step)),
            tag("iframe", title=step, srcdoc=page, sandbox=""),
            open="open",
        )
        for step, page in report.pages.items()
    ]
    return _section("Pages of the steps", frames) if frames else Markup()


def _receipt(report: Report) -> Markup:
    title = "Receipt of an earlier run: this one found nothing new" if report.committed_before else "Receipt"
    return _section(title, tables.pairs(report.receipt), class_="half") if report.receipt else Markup()


def _settings(report: Report) -> Markup:
    parts = [
        _section(title, tables.pairs(values), class_="half")
        for title, values in (("Parameters", report.parameters), ("Versions", report.versions))
        if values
    ]
    told = tag("p", tag("code", report.command)) if report.command else None
    return join([_section("The command of this run", told) if told else Markup(), *parts])


def _footer(report: Report) -> Markup:
    return tag("footer", f"{report.pipeline} · {report.run_id} · times in UTC")
