"""From a run's records and outputs to what its report shows.

Steps say what they did through outputs of known names: `summary` (figures, kept in the record), `results` (what became
of a data contract), `receipt` (of a commit), `rows` (the data itself), and the parameters `interval_start` and
`interval_end`. A step without them is shown with its times alone.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from components.iceberg.receipts import PREFIX
from components.pages import figures
from components.pages.model import Contract, Expectation, Sample, Step, StepOutcome
from components.shell.datasets import MANIFEST
from components.shell.legible import legible
from components.shell.redaction import redact, without_secrets
from components.shell.schema.pictures import parse_picture
from stockpot.compiler.tracing import Entry
from stockpot.display.graph import Node, flatten
from stockpot.display.graph import Path as Names
from stockpot.local.logs import last_words
from stockpot.local.records import Run, State, TaskRecord
from stockpot.local.recovery import again, next_command
from stockpot.report.commits import commit_of, facts, rows_loaded, shown
from stockpot.report.distributions import distributions
from stockpot.report.lineage import lineage
from stockpot.report.local_source import LocalSource, loaded
from stockpot.report.model import Distributions, Report
from stockpot.report.pictures.measure import measured
from stockpot.report.pictures.model import Drawn
from stockpot.report.rejected import rejected
from stockpot.report.sample import sample
from stockpot.report.step_figures import step_figures

# A step may be a loop of hundreds, each with a page.
_LARGEST_PAGE, _ALL_PAGES = 4 << 20, 16 << 20
_HTML = b"<!doctype html"
# Of several rounds of a looped step, the state that matters most.
_WORST_FIRST = (
    State.FAILED,
    State.INTERRUPTED,
    State.CANCELLED,
    State.RUNNING,
    State.PENDING,
    State.OMITTED,
    State.SUCCEEDED,
    State.SKIPPED,
)


def gather(run: Run, directory: Path, entry: Entry | None = None, source: LocalSource | None = None) -> Report:
    """The report of the run whose outputs lie below `directory`. Outputs that cannot be read are left out.

    `entry` is what the pipeline says of itself, where it is a registered one; `source` has the rows of its pictures.
    """
    steps = [task for task in run.tasks if task.kind == "container"]
    commits = [
        commit_of(run.id, step, receipt)
        for step in _own_last(steps, entry)
        if (receipt := _document([step], directory, "receipt"))
    ]
    commit = shown(commits)
    pages, further = _pages(steps, directory)
    return Report(
        pipeline=run.pipeline,
        title=entry.title if entry else run.pipeline,
        description=run.description,
        run_id=run.id,
        outcome=str(run.state),
        started=instant(run.created),
        finished=instant(run.ended),
        steps=outcomes(run.tasks),
        error=run.error,
        next_command=next_command(run) if run.exit_code or run.state is State.INTERRUPTED else "",
        parameters={name: redact(_text(without_secrets(name, value))) for name, value in run.parameters.items()},
        facts=_facts(run, steps) | facts(commits),
        versions={name: value for name, value in _versions(run).items() if value},
        contracts=_contracts(steps, directory),
        pages=pages,
        further_pages=further,
        receipt=_receipt(commit.receipt) if commit else {},
        committed_before=commit is not None and not commit.is_own,
        rows=None if commit is None or commit.rows is None else rows_loaded(commits) or 0,
        pictures=_pictures(entry, source),
        distributions=_distributions(steps, directory, entry, source),
        rejected=rejected(steps, directory),
        sample=_sample(entry, source),
        lineage=lineage(steps, commit.receipt if commit else {}),
        command=again(run),
        last_words=_last_words(steps, directory),
    )


def _own_last(steps: Sequence[TaskRecord], entry: Entry | None) -> list[TaskRecord]:
    """The steps in the order of their run, but the load of the pipeline's own table behind those of optional ones."""
    optional = set(entry.optional if entry else ())
    return sorted(steps, key=lambda step: optional.isdisjoint(loaded(step)))


def instant(text: str) -> datetime | None:
    """The instant in a record, None where it is empty."""
    return datetime.fromisoformat(text) if text else None


def outcomes(tasks: Sequence[TaskRecord]) -> list[StepOutcome]:
    """How each step went; the rounds of a loop are taken together."""
    paths = _plan_paths(tasks)
    rounds: dict[Names, list[TaskRecord]] = {}
    for task in tasks:
        rounds.setdefault(paths[task.id], []).append(task)
    return [_outcome(step, rounds[step.path]) for step in flatten(_nodes((), rounds, paths))]


def _plan_paths(tasks: Sequence[TaskRecord]) -> dict[str, Names]:
    """Where in the plan each task stands: a round of a loop stands where the loop does."""
    by_id = {task.id: task for task in tasks}
    paths: dict[str, Names] = {}

    def path_of(task: TaskRecord) -> Names:
        parent = by_id.get(task.parent)
        around = path_of(parent) if parent else ()
        return around if parent and parent.kind == "loop" and parent.name == task.name else (*around, task.name)

    for task in tasks:
        paths[task.id] = path_of(task)
    return paths


def _nodes(around: Names, rounds: Mapping[Names, Sequence[TaskRecord]], paths: Mapping[str, Names]) -> list[Node]:
    """The tasks of one scope as a tree; an exit handler hangs on the task it follows in the record."""
    nodes: list[Node] = []
    for names, records in rounds.items():
        if names[:-1] != around:
            continue
        node = _node(names, records, rounds, paths)
        if records[0].exits and nodes and not nodes[-1].at_exit and nodes[-1].on_exit is None:
            guarded = nodes.pop()
            node = Node(guarded.name, guarded.after, guarded.children, guarded.notes, node, guarded.at_exit)
        nodes.append(node)
    return nodes


def _node(
    names: Names,
    records: Sequence[TaskRecord],
    rounds: Mapping[Names, Sequence[TaskRecord]],
    paths: Mapping[str, Names],
) -> Node:
    children = _nodes(names, rounds, paths)
    is_step = not children and (any(one.kind == "container" for one in records) or records[0].kind == "loop")
    after = dict.fromkeys(paths[one][-1] for record in records for one in record.after if one in paths)
    looped = ("for each item",) if records[0].kind == "loop" else ()
    return Node(names[-1], tuple(after), None if is_step else tuple(children), looped, at_exit=records[0].exits)


def _outcome(step: Step, records: Sequence[TaskRecord]) -> StepOutcome:
    work = [record for record in records if record.kind == "container"] or list(records)
    worst = min(work, key=lambda record: _WORST_FIRST.index(record.state))
    started = [record.started for record in work if record.started]
    ended = [record.ended for record in work if record.ended]
    cached = worst.state is State.SUCCEEDED and all(record.cached for record in work)
    return StepOutcome(
        step=step,
        state="cached" if cached else str(worst.state),
        started=instant(min(started, default="")),
        finished=instant(max(ended, default="")) if len(ended) == len(started) else None,
        attempts=max(record.attempts for record in work),
        rounds=len(work),
        reason=worst.reason,
        error=worst.error,
        rows_in=_total(record.rows_in for record in work),
        rows_out=_total(record.rows_out for record in work),
        rows_rejected=_total(record.rows_rejected for record in work),
        removed=_removed(work),
        title=worst.title,
        waited=min((wait for record in work if (wait := _wait(record))), default=None),
        # What a figure of several rounds is, nobody but its step knows: a sum, a share, the last one.
        figures=step_figures(worst.details) if len(work) == 1 else {},
    )


def _wait(record: TaskRecord) -> tuple[datetime, datetime] | None:
    """From when to when it waited for what it runs in."""
    asked, ready = instant(record.asked), instant(record.ready)
    return (asked, ready) if asked and ready else None


def _total(rows: Iterable[int | None]) -> int | None:
    known = [count for count in rows if count is not None]
    return sum(known) if known else None


def _removed(records: Sequence[TaskRecord]) -> dict[str, int]:
    removed: dict[str, int] = {}
    for record in records:
        for kind in ("removed", "reasons"):
            rules = record.details.get(kind)
            for rule, rows in rules.items() if isinstance(rules, Mapping) else ():
                if isinstance(rows, int):
                    removed[str(rule)] = removed.get(str(rule), 0) + rows
    return removed


def _receipt(receipt: Mapping[str, Any]) -> dict[str, str]:
    """The receipt as text, without its details: what these say stands in the page's own parts."""
    return {str(name): _text(value) for name, value in receipt.items() if name != f"{PREFIX}details"}


def _facts(run: Run, steps: Sequence[TaskRecord]) -> dict[str, str]:
    # Of a run that has no plan it is whatever somebody typed.
    values = {"As of": _instant_or_text(run.as_of) or figures.NONE}
    handed_on = {name: value for step in steps for name, value in step.parameters.items()}
    if "interval_start" in handed_on and "interval_end" in handed_on:
        start, end = (_instant_or_text(handed_on[name]) for name in ("interval_start", "interval_end"))
        values["Interval"] = f"{start} … {end}"
    return values


def _instant_or_text(value: Any) -> str:
    try:
        return figures.short_instant(datetime.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def _versions(run: Run) -> dict[str, str]:
    services = {name: where for name, _, where in (line.partition(": ") for line in run.services)}
    return {"stockpot": run.version, "git commit": run.git_commit, "plan": run.plan[:16], **services}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _document(steps: Sequence[TaskRecord], directory: Path, name: str) -> Mapping[str, Any]:
    """The JSON object that a step left under that name; empty where none did, or where it is no JSON object."""
    for step in steps:
        path = _output(step, directory, name)
        if not path.is_file():
            continue
        try:
            document = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(document, Mapping):
            return document
    return {}


def _output(step: TaskRecord, directory: Path, name: str) -> Path:
    """Where a step's output lies, or would lie if it had one of that name."""
    return directory / _relative_path(step, name)


def _relative_path(step: TaskRecord, name: str) -> str:
    """The same below the run's directory, whether the step ended well (then the record says) or failed after it."""
    return step.artifacts.get(name) or f"steps/{step.id}/outputs/{name}"


def _contracts(steps: Sequence[TaskRecord], directory: Path) -> list[Contract]:
    """What became of the contracts, for every step that left such results."""
    results = [(step.title or step.id, _expectations(_document([step], directory, "results"))) for step in steps]
    return [Contract(step, expectations) for step, expectations in results if expectations]


def _pages(steps: Sequence[TaskRecord], directory: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The HTML documents that steps left under the name `page`; and where those lie for which there is no room."""
    pages, further = {}, {}
    room = _ALL_PAGES
    for step in steps:
        path = _output(step, directory, "page")
        if not path.is_file() or not _is_html(path):
            continue
        size = path.stat().st_size
        if size < _LARGEST_PAGE and size <= room:
            pages[step.id] = path.read_text(errors="replace")
            room -= size
        else:
            further[step.id] = _relative_path(step, "page")
    return pages, further


def _is_html(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_HTML)).lower() == _HTML


def _expectations(results: Mapping[str, Any]) -> list[Expectation]:
    entries = results.get("expectations")
    return [
        Expectation(
            rule=str(entry.get("rule", "")),
            columns=[str(column) for column in _listed(entry.get("columns"))],
            state=str(entry.get("state", "met" if entry.get("success") else "failed")),
            expected=_text(entry.get("expected", "")),
            observed=_text(entry.get("observed", "")),
        )
        for entry in _listed(entries)
        if isinstance(entry, Mapping)
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _sample(entry: Entry | None, source: LocalSource | None) -> Sample | None:
    """Rows of the pipeline's own table; None where no row was committed, or they cannot be read."""
    try:
        dataset = source.dataset_path(entry.table) if entry and source else None
        return sample(dataset, entry.table) if dataset and entry else None
    except Exception:  # noqa: BLE001 - rows hold whatever they hold, and a page without a sample is still a page
        return None


def _last_words(steps: Sequence[TaskRecord], directory: Path) -> dict[str, list[str]]:
    """The ends of the logs of the steps that failed, without secrets."""
    failed = [step for step in steps if step.state is State.FAILED]
    logs = {step.title or step.id: last_words(directory / "steps" / step.id / "stderr") for step in failed}
    return {step: [legible(redact(line)) for line in lines] for step, lines in logs.items() if lines}


def _pictures(entry: Entry | None, source: LocalSource | None) -> list[Drawn]:
    """What the pipeline's pictures show; none where no row was committed, for then each would say so."""
    if entry is None or source is None:
        return []
    pictures = [parse_picture(one) for one in entry.pictures]
    if not any(source.dataset_path(one.of or entry.table) for one in pictures):
        return []
    return measured(pictures, source, entry.table)


def _distributions(
    steps: Sequence[TaskRecord], directory: Path, entry: Entry | None, source: LocalSource | None
) -> Distributions:
    """The distributions of what the run has committed to the pipeline's table; before, of the last dataset `rows`.

    None where that was not finished, or events were landed in the table that no step has left as a dataset.
    """
    datasets = [path for step in steps if ((path := _output(step, directory, "rows")) / MANIFEST).is_file()]
    try:
        if entry and source and source.is_loaded(entry.table):
            datasets = [dataset for dataset in [source.dataset_path(entry.table)] if dataset]
        columns = (entry.label, entry.groups) if entry else ()
        return (
            distributions(datasets[-1], *columns, table=entry.table if entry else "") if datasets else Distributions()
        )
    except Exception:  # noqa: BLE001 - columns hold whatever they hold, and a page without drawings is still a page
        return Distributions()
