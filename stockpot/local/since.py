"""What is otherwise than at the last run of a pipeline, as the records of a home and the times of files tell it."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.instants import parse_instant
from components.shell.redaction import HIDDEN, names_secret, redact, without_secrets
from stockpot.compiler import ir
from stockpot.compiler.placeholders import Json
from stockpot.compiler.policies import works_on_claims
from stockpot.local.cache import step_files
from stockpot.local.closure import UncacheableError
from stockpot.local.due import begun_by
from stockpot.local.parameters import Start
from stockpot.local.plan_hash import plan_hash
from stockpot.local.project import Project
from stockpot.local.records import Run, State, list_runs
from stockpot.local.values import RunFacts

# Each run has another instant.
_AS_OF = "as_of"


@dataclass(frozen=True)
class Changed:
    """A parameter's value at the last run, and now: as JSON, without secrets; empty where it had or has none."""

    name: str
    before: str
    now: str


@dataclass(frozen=True)
class Since:
    """The last run that succeeded, what has changed since it began, and what it did.

    Attributes:
        run, began: Its id, and when it began (ISO 8601, UTC).
        is_redefined: Whether the pipeline's own definition is another one.
        parameters: Those with another value.
        files: Those that a step may import, its lock too, and that were written since; by their paths in the project.
        unknown: The steps of which it cannot be known what they run.
        filled_until: Where the furthest interval of all such runs ended (ISO 8601); empty where they have none.
        rows: The rows of the tables that it has filled.
    """

    run: str
    began: str
    is_redefined: bool = False
    parameters: tuple[Changed, ...] = ()
    files: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    filled_until: str = ""
    rows: Mapping[str, int | None] = field(default_factory=dict)


def since(pipeline: ir.Pipeline, started: Start, home: Path, project: Project) -> Since | None:
    """What has changed since the newest run of the pipeline that succeeded in this home; None where there is none."""
    ended = [run for run in list_runs(home) if run.pipeline == pipeline.name and run.state is State.SUCCEEDED]
    if not ended:
        return None
    last = ended[0]
    containers = tuple(_containers(pipeline.dag))
    paths, unknown = _paths_of_steps(containers, project, started.facts)
    moment = parse_instant(last.created).timestamp()
    return Since(
        run=last.id,
        began=last.created,
        is_redefined=last.plan != plan_hash(pipeline),
        parameters=tuple(_changed(last.parameters, started.parameters)),
        files=tuple(sorted(name for name, path in paths.items() if _time(path) > moment)),
        unknown=unknown,
        filled_until=_filled_until(ended, {task.name for task, container in containers if begun_by(container)}),
        rows=_rows(last),
    )


def _changed(before: Mapping[str, Json], now: Mapping[str, Json]) -> Iterator[Changed]:
    for name in sorted({*before, *now} - {_AS_OF}):
        if before.get(name) != now.get(name):
            yield Changed(name, *(_shown(name, values) for values in (before, now)))


def _shown(name: str, values: Mapping[str, Json]) -> str:
    if name not in values:
        return ""
    return HIDDEN if names_secret(name) else redact(json.dumps(without_secrets(name, values[name]), ensure_ascii=False))


def _paths_of_steps(
    containers: Iterable[tuple[ir.Task, ir.Container]], project: Project, facts: RunFacts
) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The files of all steps, their locks too, by their paths in the project; and the steps whose code is not known."""
    paths: dict[str, Path] = {}
    unknown = set()
    for task, container in containers:
        try:
            # Which image it will be, a step before it says.
            files = {} if container.image_text.inputs else step_files(project, task, container, facts)
        except UncacheableError:
            files = {}
        paths |= files
        if not files:
            unknown.add(task.name)
    return paths, tuple(sorted(unknown))


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _containers(dag: ir.Dag) -> Iterator[tuple[ir.Task, ir.Container]]:
    for task in dag.tasks:
        for each in (task, *([task.on_exit] if task.on_exit else [])):
            body = each.component.body
            if isinstance(body, ir.Dag):
                yield from _containers(body)
            elif body.image_text.inputs or not works_on_claims(body):
                yield each, body


def _filled_until(runs: Iterable[Run], beginning: Collection[str]) -> str:
    """Where the furthest interval ended that one of the `beginning` steps has begun; empty where there is none."""
    ends = (task.details.get("interval_end") for run in runs for task in run.tasks if task.name in beginning)
    return max(filter(_is_instant, map(str, ends)), key=parse_instant, default="")


def _is_instant(text: str) -> bool:
    try:
        parse_instant(text)
    except ConfigurationError:
        return False
    return True


def _rows(run: Run) -> dict[str, int | None]:
    """The rows of each table that a step has committed, or found committed."""
    rows: dict[str, int | None] = {}
    for task in run.tasks:
        if "receipt" in task.artifacts and "table" in task.details:
            rows |= task.rows_by_table
            if not task.rows_by_table:
                rows[str(task.details["table"])] = task.rows_out
    return rows
