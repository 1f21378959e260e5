"""What is otherwise than at the last run of a pipeline, as the records of a home and the times of files tell it."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.shell.instants import EPOCH, parse_instant
from components.shell.redaction import HIDDEN, names_secret, redact
from stockpot.compiler import ir
from stockpot.compiler.placeholders import Json
from stockpot.local.cache import fixed_parts
from stockpot.local.closure import UncacheableError
from stockpot.local.parameters import Start
from stockpot.local.plan_hash import plan_hash
from stockpot.local.project import Project
from stockpot.local.records import Run, State, list_runs
from stockpot.local.values import Inputs

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
        filled_until: Where the furthest interval of all such runs ended (ISO 8601); empty where they have none.
        rows: The rows of the tables that it has filled.
    """

    run: str
    began: str
    is_redefined: bool = False
    parameters: tuple[Changed, ...] = ()
    files: tuple[str, ...] = ()
    filled_until: str = ""
    rows: Mapping[str, int | None] = field(default_factory=dict)


def since(pipeline: ir.Pipeline, started: Start, home: Path, project: Project) -> Since | None:
    """What has changed since the newest run of the pipeline that succeeded in this home; None where there is none."""
    ended = [run for run in list_runs(home) if run.pipeline == pipeline.name and run.state is State.SUCCEEDED]
    if not ended:
        return None
    last = ended[0]
    return Since(
        run=last.id,
        began=last.created,
        is_redefined=last.plan != plan_hash(pipeline),
        parameters=tuple(_changed(last.parameters, started.parameters)),
        files=_written(pipeline, started, project, parse_instant(last.created).timestamp()),
        filled_until=max(map(_end, ended), key=lambda end: parse_instant(end) if end else EPOCH),
        rows=_rows(last),
    )


def _changed(before: Mapping[str, Json], now: Mapping[str, Json]) -> Iterator[Changed]:
    for name in sorted({*before, *now} - {_AS_OF}):
        if before.get(name) != now.get(name):
            yield Changed(name, *(_shown(name, values) for values in (before, now)))


def _shown(name: str, values: Mapping[str, Json]) -> str:
    if name not in values:
        return ""
    return HIDDEN if names_secret(name) else redact(json.dumps(values[name], ensure_ascii=False))


def _written(pipeline: ir.Pipeline, started: Start, project: Project, moment: float) -> tuple[str, ...]:
    """The files of all steps that were written after the moment, in seconds of Unix time."""
    if project.docker:
        return ()
    places: dict[str, Path] = {}
    for task, container in _containers(pipeline.dag):
        inputs = Inputs(dict.fromkeys(task.parameters, ""), {name: Path(name) for name in task.artifacts})
        # Of others it is said beside the step that their code cannot be known.
        with contextlib.suppress(UncacheableError):
            parts = fixed_parts(project, task, container, inputs, started.facts)
            places |= {name: project.code / name for name in parts.code}
            step = project.step(container.image)
            places |= {f"images/{step}/{project.lock(step).name}": project.lock(step)}
            places |= {
                name: package.parent / name
                for package in project.packages(step)
                for name in parts.code
                if name.startswith(f"{package.name}/")
            }
    return tuple(sorted(name for name, place in places.items() if _time(place) > moment))


def _time(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except OSError:
        return 0.0


def _containers(dag: ir.Dag) -> Iterator[tuple[ir.Task, ir.Container]]:
    for task in dag.tasks:
        for each in (task, *([task.on_exit] if task.on_exit else [])):
            body = each.component.body
            if isinstance(body, ir.Dag):
                yield from _containers(body)
            elif body.image and not body.image_told.inputs:
                yield each, body


def _end(run: Run) -> str:
    """Where the run's interval ended; empty where it has none."""
    return next(filter(None, (str(task.details.get("interval_end") or "") for task in run.tasks)), "")


def _rows(run: Run) -> dict[str, int | None]:
    """The rows of each table that a step has committed, or found committed."""
    found: dict[str, int | None] = {}
    for task in run.tasks:
        if "receipt" in task.artifacts and "table" in task.details:
            found |= task.rows_by_table
            if not task.rows_by_table:
                found[str(task.details["table"])] = task.rows_out
    return found
