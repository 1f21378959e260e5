"""The page about a run that has ended: figures and receipts, and none of its rows."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.end_run import command
from components.end_run.compared import compared
from components.end_run.past import Recorded, address
from components.end_run.record import Closed, Ended
from components.iceberg.details import LOAD, QUALITY, Committed, of_commit
from components.pages import figures, parts, tables
from components.pages.markup import Markup, join, tag
from components.pages.model import Comparison, Lineage, Origin, Rejected, RunPage, Step, StepOutcome
from components.pages.sheet import sheet
from components.shell.counts import counted
from components.shell.files import write_atomically
from components.shell.origin import read_origin
from components.shell.redaction import brief, masked, redact
from components.shell.status import RunEnd, next_command

if TYPE_CHECKING:
    from components.iceberg.receipts import Receipt

log = logging.getLogger("end_run")
_LONGEST = 300


@dataclass(frozen=True)
class About:
    """A run and how it ended, its row as far as it could be closed, and its receipts by table, that of its own first.

    `as_of` is the text of the instant that it was asked for, which may be none; `parameters` are its others, `beside`
    is the run before with this one, as they are on record, and `origins` are what its rows were made from.
    """

    ended: RunEnd
    run: Ended
    as_of: str
    closed: Closed | None = None
    receipts: Mapping[str, "Receipt"] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[Recorded, Recorded] | None = None
    origins: Sequence[Origin] = ()

    @property
    def own(self) -> "Receipt | None":
        """The receipt in the pipeline's own table."""
        return next(iter(self.receipts.values()), None)


def write_page(path: Path, about: About) -> None:
    """Write the page; one that cannot be made or written is a warning, for it is no reason why a run should fail."""
    try:
        write_atomically(path, drawn(about).encode())
    except OSError as error:
        log.warning("the page about run %s cannot be written: %s", about.run.run_id, brief(error, _LONGEST))


def drawn(about: About, folder: str = "", before: str = "") -> str:
    """The page without secrets; in place of one that cannot be made one that says so, for engines ask for the file.

    In the `folder` of reports it leads to others there, such as that of the run `before`.
    """
    try:
        return masked(page(about, folder, before))
    except Exception as error:  # noqa: BLE001 - receipts hold whatever somebody has committed
        log.warning("the page about run %s cannot be made: %s", about.run.run_id, brief(error, _LONGEST))
        return sheet("No report", tag("main", tag("p", "This page could not be made; the log of the step says why.")))


def page(about: About, folder: str = "", before: str = "") -> str:
    """The page as one HTML document that needs nothing beside itself."""
    commits = {name: _commit(name, receipt) for name, receipt in about.receipts.items()}
    step_details = _step_details(commits)
    run = replace(_run_page(about, commits, step_details), comparison=_comparison(about, folder))
    above = parts.nav(before) if folder else None
    head = (parts.header(run, above), parts.failures(run), parts.tiles(run, all_steps=False))
    body = (
        parts.comparison(run), _unreadable(commits), parts.steps(run),
        _removed(run.steps, step_details), _quality(step_details),
        _rejected_rows(list(_rejected(step_details))),
        parts.lineage(run), parts.receipt(run), parts.command(_command(about)), parts.settings(run),
    )  # fmt: skip
    return sheet(f"{run.pipeline} · {run.run_id} · {run.outcome}", tag("main", head, body), parts.footer(run))


def _comparison(about: About, folder: str) -> Comparison | None:
    """The run beside the one before it, and the way to that one's page where both lie in the folder."""
    if about.beside is None:
        return None
    before, now = about.beside
    is_there = folder and before.page == address(folder, before.run_id)
    return compared(before, now, parts.beside(before.run_id) if is_there else "")


def _command(about: About) -> str:
    return command.of(read_origin().engine, about.run.pipeline, about.run.as_of, about.parameters)


def _commit(name: str, receipt: "Receipt") -> Committed | None:
    """What the receipt in the table of that name says of the steps; None where it cannot be read."""
    try:
        return of_commit(receipt)
    except Exception as error:  # noqa: BLE001 - receipts hold whatever somebody has committed
        log.warning("what the receipt in table %s says of the steps cannot be read: %s", name, brief(error, _LONGEST))
        return None


def _unreadable(commits: Mapping[str, Committed | None]) -> Markup:
    why = " says of the steps cannot be read; the log of this step says why."
    broken = (name for name, commit in commits.items() if commit is None)
    lines = [tag("p", "What the receipt in table ", tag("code", name), why) for name in broken]
    return parts.section("What is missing here", *lines) if lines else Markup()


def _run_page(
    about: About, commits: Mapping[str, Committed | None], step_details: Mapping[str, Mapping[str, Any]]
) -> RunPage:
    ended, closed, own, origin = about.ended, about.closed, about.own, read_origin()
    as_of = redact(about.as_of)
    following = next_command(origin.engine, about.run.run_id, about.run.pipeline, ended.exit_code, as_of)
    versions = {
        "engine": origin.engine,
        "git commit": (closed.git_commit if closed else None) or origin.git_commit,
        "definition": closed.version if closed else None,
    }
    return RunPage(
        pipeline=about.run.pipeline,
        title=about.run.pipeline,
        description="",
        run_id=about.run.run_id,
        outcome=ended.state,
        started=closed.started if closed else None,
        finished=closed.finished if closed else None,
        steps=_steps(ended, step_details),
        error="" if ended.state == "succeeded" else ended.reason or "nothing says why",
        next_command="" if ended.state == "succeeded" else following,
        facts=_facts(about, commits, as_of),
        parameters=command.shown(about.parameters),
        versions={name: value for name, value in versions.items() if value},
        receipt=_receipt(own) if own else {},
        committed_before=own is not None and _is_of_another(own, about),
        lineage=_lineage(about),
    )


def _facts(about: About, commits: Mapping[str, Committed | None], as_of: str) -> dict[str, str]:
    own = about.own
    filled = own or about.closed
    facts = {"As of": figures.short_instant(about.run.as_of) if about.run.as_of else as_of or figures.NONE}
    if filled and filled.interval_start:
        start, end = (figures.short_instant(each) for each in (filled.interval_start, filled.interval_end))
        facts["Interval"] = f"{start} … {end}"
    if own and all(_is_of_another(each, about) for each in about.receipts.values()):
        facts |= {"New": "nothing", "Rows loaded before": figures.count(own.rows)}
    elif len(about.receipts) > 1:
        facts |= {f"Rows of {name}": _rows(each, about) for name, each in about.receipts.items()}
    elif own:
        facts["Rows loaded"] = figures.count(own.rows)
    return facts | _rows_rejected(commits)


def _rows(receipt: "Receipt", about: About) -> str:
    return figures.count(receipt.rows) + (" as before" if _is_of_another(receipt, about) else "")


def _rows_rejected(commits: Mapping[str, Committed | None]) -> dict[str, str]:
    """How many rows were rejected; of several tables, those are named where any were or nobody knows."""
    counts = {name: commit.rows_rejected if commit else None for name, commit in commits.items()}
    if len(counts) > 1 and any(count != 0 for count in counts.values()):
        return {f"Rows rejected of {name}": figures.count(count) for name, count in counts.items() if count != 0}
    return {"Rows rejected": figures.count(next(iter(counts.values())))} if counts else {}


def _is_of_another(receipt: "Receipt", about: About) -> bool:
    """Whether another run has committed what this one was to do."""
    return receipt.run_id not in ("", about.run.run_id)


def _step_details(commits: Mapping[str, Committed | None]) -> dict[str, Mapping[str, Any]]:
    """The details that steps left, in the order of their work, by step; of several tables, by step and table."""
    return {
        f"{step} {name}" if len(commits) > 1 else step: details
        for name, commit in commits.items()
        if commit
        for step, details in sorted(commit.details.items(), key=lambda each: each[0] == LOAD)
        if isinstance(details, Mapping)
    }


def _steps(ended: RunEnd, step_details: Mapping[str, Mapping[str, Any]]) -> list[StepOutcome]:
    """The steps that left details of their work, and the one that failed."""
    outcomes = [
        StepOutcome(
            Step((name,)),
            "succeeded",
            rows_in=_count(details.get("rows_in")),
            rows_out=_count(details.get("rows_out")),
            rows_rejected=_count(details.get("rows_rejected")),
            removed=_counts(details.get("removed")),
        )
        for name, details in step_details.items()
    ]
    if not ended.step:
        return outcomes
    return [*outcomes, StepOutcome(Step((ended.step,)), "failed", error=ended.reason or "nothing says why")]


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _counts(value: Any) -> dict[str, int]:
    """Rows by rule or reason; nothing of anything else."""
    items = value.items() if isinstance(value, Mapping) else ()
    return {str(name): rows for name, rows in items if isinstance(rows, int)}


def _removed(steps: Sequence[StepOutcome], step_details: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Rows by rule, and where details had no room for these, how much was left out."""
    cut = {
        name: details["removed"] for name, details in step_details.items() if isinstance(details.get("removed"), str)
    }
    lines = [tag("p", "Removed by ", tag("code", name), f": {size}", class_="note") for name, size in cut.items()]
    drawn = join([parts.removed(steps), *lines])
    return parts.section("Removed rows", drawn) if drawn else drawn


def _rejected_rows(rejected: Sequence[Rejected]) -> Markup:
    """Rows by step and reason, and where to look for them: their addresses are known to the engine alone."""
    if not rejected:
        return Markup()
    note = tag("p", "The rows lie in the artifact ", tag("code", "rejected"), " of each step, in the engine's UI.")
    return parts.section("Rejected rows", tables.rejected(rejected), note)


def _rejected(step_details: Mapping[str, Mapping[str, Any]]) -> Iterator[Rejected]:
    """Rows by reason, and where details had no room for these, all together with how much was left out."""
    for name, details in step_details.items():
        reasons = details.get("reasons")
        cut = {reasons: details.get("rows_rejected")} if isinstance(reasons, str) else reasons
        if counts := _counts(cut):
            yield Rejected(name, "", counts)


def _quality(step_details: Mapping[str, Mapping[str, Any]]) -> Markup:
    """How many expectations were met, and what was expected and observed of those that were not."""
    checks = {name: details for name, details in step_details.items() if name.split()[0] == QUALITY}
    return join([_check(name if len(checks) > 1 else "", details) for name, details in checks.items()])


def _check(name: str, details: Mapping[str, Any]) -> Markup:
    states = {state: details[state] for state in ("met", "warned", "failed") if isinstance(details.get(state), int)}
    if not states:
        return Markup()
    warnings = details.get("warnings")
    lines = [tag("li", str(line)) for line in warnings] if isinstance(warnings, list) else []
    each = ", ".join(f"{number} {state}" for state, number in states.items() if number)
    return parts.section(
        f"Data contract · {name.partition(' ')[2]}" if name else "Data contract",
        tag("p", f"{counted(sum(states.values()), 'expectation')}: {each}.", class_="note"),
        tag("ul", lines) if lines else None,
        # Details had no room for them: how much was left out.
        tag("p", f"Warnings: {warnings}.", class_="note") if isinstance(warnings, str) else None,
    )


def _receipt(receipt: "Receipt") -> dict[str, str]:
    """The receipt as names and values, without what stands in the page's other parts."""
    properties = {name.partition(".")[2]: value for name, value in receipt.properties().items()}
    return {name: redact(value) for name, value in properties.items() if name not in ("details", "attempt")}


def _lineage(about: About) -> Lineage:
    written = [
        Origin(
            f"{name}@{receipt.snapshot_id}",
            "as before" if _is_of_another(receipt, about) else "committed",
            receipt.rows,
        )
        for name, receipt in about.receipts.items()
    ]
    return Lineage(about.origins, written)
