"""The parts of a page about a run that it has wherever the run was carried out."""

from collections.abc import Sequence
from urllib.parse import quote

from components.pages import figures, tables
from components.pages.markup import Markup, join, tag
from components.pages.model import Contract, Expectation, RunPage, StepOutcome
from components.shell.counts import counted


def nav(before: str = "", after: str = "") -> Markup:
    """The links at the top of a page in a folder of a run: to the index beside all folders, and to these runs."""
    ways = ((before, "← Previous run", "prev"), (after, "Next run →", "next"))
    links = [tag("a", text, href=beside(run), rel=rel) for run, text, rel in ways if run]
    return tag("nav", tag("a", "All runs", href="../index.html"), links, class_="runs")


def address(run_id: str) -> str:
    """Where a run's page lies, seen from the index."""
    return f"{quote(run_id)}/report.html"


def beside(run_id: str) -> str:
    """Where a run's page lies, seen from that of another one."""
    return f"../{address(run_id)}"


def header(run: RunPage, above: Markup | None = None) -> Markup:
    """What ran, how it ended, when and how long; `above` leads to other pages."""
    ran = figures.duration((run.finished - run.started).total_seconds()) if run.finished and run.started else ""
    return tag(
        "header",
        above,
        tag("p", "Stockpot · run report", class_="overline"),
        tag("h1", run.title or run.pipeline, tables.pill(run.outcome)),
        tag("p", _with_code(run.description), class_="lead") if run.description else None,
        tag(
            "p",
            tag("code", run.run_id),
            tag("span", f"started {figures.instant(run.started)}"),
            tag("span", f"took {ran}") if ran else None,
            class_="meta",
        ),
    )


def _with_code(text: str) -> list[object]:
    """The text with what stands between backticks set as code."""
    return [tag("code", part) if index % 2 else part for index, part in enumerate(text.split("`"))]


def failures(run: RunPage, *more: object) -> Markup:
    """What failed and why, the next command, and whatever else is to be said of it; nothing where nothing failed."""
    failed = [step for step in run.steps if step.error]
    if not failed and not run.error:
        return Markup()
    lines = [tag("li", tag("b", step.name), " ", step.error) for step in failed] or [tag("li", run.error)]
    following = tag("p", "Once the cause is gone: ", tag("code", run.next_command))
    advice = following if run.next_command else Markup()
    return tag("section", tag("h2", "What went wrong"), tag("ul", lines), advice, more, class_="card failure")


def tiles(run: RunPage, *, all_steps: bool = True) -> Markup:
    """The facts, and how many expectations were met and, where `all_steps` are known and when they ran, steps done."""
    boxes = [_tile(name, value) for name, value in run.facts.items()]
    if run.expectations:
        met = sum(each.state == "met" for each in run.expectations)
        states = {each.state for each in run.expectations}
        worst = next((state for state in ("failed", "warned") if state in states), "met")
        boxes.append(_tile("Expectations met", f"{met} of {len(run.expectations)}", worst))
    done = sum(step.state in ("succeeded", "cached") for step in run.steps)
    cached = sum(step.state == "cached" for step in run.steps)
    note = f"{cached} from the cache" if cached else ""
    if all_steps and (any(step.started for step in run.steps) or not run.steps):
        boxes.append(_tile("Steps done", f"{done} of {len(run.steps)}", note=note))
    return tag("dl", boxes, class_="tiles")


def _tile(name: str, value: str, state: str = "", note: str = "") -> Markup:
    return tag(
        "div",
        tag("dt", name),
        tag("dd", value),
        tag("dd", note, class_="small") if note else None,
        class_=f"tile {state}",
    )


def section(title: str, *children: object, class_: str = "") -> Markup:
    """A part of the page with a title."""
    return tag("section", tag("h2", title), children, class_=f"card {class_}".strip())


def comparison(run: RunPage) -> Markup:
    """The run beside the one before it, with the way there."""
    if (compared := run.comparison) is None:
        return Markup()
    way = tag("a", compared.run_id, href=compared.address) if compared.address else tag("code", compared.run_id)
    note = tag("p", "The last run before this one that succeeded: ", way, class_="note")
    return section(
        "Since the run before",
        note,
        tag(
            "div",
            tables.changes("Figure", compared.figures),
            tables.changes("Mean of a column", compared.columns),
            class_="side-by-side",
        ),
        _quiet(
            compared.has_columns and not compared.columns,
            "No column has moved by 0.1 standard deviations (sd) or more.",
        ),
        tables.changes("Rule", compared.rules),
        _quiet(compared.has_rules and not compared.rules, "Every rule of the data contracts came out as before."),
    )


def _quiet(is_so: bool, text: str) -> Markup:
    """What is worth saying where nothing has changed."""
    return tag("p", text, class_="muted") if is_so else Markup()


def steps(run: RunPage) -> Markup:
    """Each step with its state, time and rows."""
    return section("Rows and remarks", tag("div", tables.steps(run.steps), class_="scroll")) if run.steps else Markup()


def removed(steps: Sequence[StepOutcome]) -> Markup:
    """What each step took out; rules that removed nothing are named, for that is worth knowing too."""
    return join(
        [(tag("h3", "Removed by ", tag("code", step.name)), tables.removed(step)) for step in steps if step.removed]
    )


def quality(run: RunPage) -> Markup:
    """What became of each data contract."""
    several = len(run.contracts) > 1
    return join([_contract(contract, contract.step if several else "") for contract in run.contracts])


def _contract(contract: Contract, step: str) -> Markup:
    expectations = contract.expectations
    return section(
        f"Data contract · {step}" if step else "Data contract",
        tag("p", _verdict(expectations), class_="note"),
        tag("div", tables.unmet(expectations), class_="scroll"),
        tables.whole(expectations),
        tag("div", tables.matrices(expectations), class_="matrices"),
        tables.every(expectations),
    )


def _verdict(expectations: Sequence[Expectation]) -> str:
    counts = {state: sum(each.state == state for each in expectations) for state in ("met", "warned", "failed")}
    summary = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return f"{counted(len(expectations), 'expectation')}: {summary}."


def lineage(run: RunPage) -> Markup:
    """What was read, and what was made of it."""
    origins = run.lineage
    parts = (
        tables.origins(head, those) for head, those in (("Read from", origins.read), ("Written to", origins.written))
    )
    return section("Where the rows come from", *parts) if origins.read or origins.written else Markup()


def command(text: str) -> Markup:
    """What is called to have the run once more."""
    return section("The command of this run", tag("p", tag("code", text)))


def receipt(run: RunPage) -> Markup:
    """The receipt of the commit."""
    before = "Receipt of an earlier run: this one found nothing new for its table"
    title = before if run.committed_before else "Receipt"
    return section(title, tables.pairs(run.receipt), class_="half") if run.receipt else Markup()


def settings(run: RunPage) -> Markup:
    """Parameters and versions."""
    parts = [
        section(title, tables.pairs(values), class_="half")
        for title, values in (("Parameters", run.parameters), ("Versions", run.versions))
        if values
    ]
    return join(parts)


def footer(run: RunPage) -> Markup:
    """What the page is about, for whoever has printed it."""
    return tag("footer", f"{run.pipeline} · {run.run_id} · times in UTC")
