"""What is kept of a run: `run.json` for the whole, `task.json` for each step, each there whole or not at all."""

import contextlib
import dataclasses
import glob
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from components.shell.errors import ConfigurationError
from components.shell.files import replacing
from stockpot.local.locks import is_free

REPORT = "report.html"
"""The page about a run, in its directory."""
COMMAND = "command.json"
"""The words of a step's last try, in the step's directory."""
# A record that was cut, or that another version has written.
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
# Set aside at least, so that the end of a run can be written down even on a full disk.
_ROOM = "room"
_ROOM_BYTES = 1 << 18


class State(StrEnum):
    """How a run or a task stands. `omitted`: something it needs failed; `cancelled`: the run was stopped."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    OMITTED = "omitted"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class TaskRecord:
    """One task of a run. Times are ISO 8601; artifacts are paths below the run's directory.

    `kind` is `container`, `dag` or `loop`; `parent` is the id of the DAG or loop it stands in (empty: the root) and
    `after` are the ids of its siblings that it waits for. `exits` marks exit handlers and what stands in them. `title`
    is its name for people. From `asked` to `ready` it waited for the environment or image in which it runs.
    """

    id: str
    name: str
    kind: str
    parent: str = ""
    after: tuple[str, ...] = ()
    exits: bool = False
    image: str = ""
    state: State = State.PENDING
    started: str = ""
    ended: str = ""
    attempts: int = 0
    exit_code: int | None = None
    error: str = ""
    cached: bool = False
    reason: str = ""
    rows_in: int | None = None
    rows_out: int | None = None
    rows_rejected: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    asked: str = ""
    ready: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the step warns of in its summary's details, as `check_quality` does; it ended well nevertheless."""
        lines = self.details.get("warnings")
        return tuple(str(line) for line in lines) if isinstance(lines, list | tuple) else ()

    @property
    def rows_by_table(self) -> Mapping[str, int]:
        """The rows that a step has committed to each of several tables; nothing of a step that fills one, or none."""
        by_table = self.details.get("rows")
        if not isinstance(by_table, Mapping) or "datasets" not in self.details:
            return {}
        return {str(table): rows for table, rows in by_table.items() if isinstance(rows, int)}

    @property
    def waiting(self) -> "TaskRecord":
        """The record of the same task before it began."""
        identity = (self.id, self.name, self.kind, self.parent, self.after, self.exits)
        return TaskRecord(*identity, image=self.image, title=self.title)


@dataclass(frozen=True)
class Run:
    """A run and all that is known of its tasks, in the order of the plan.

    `given` are the parameters that somebody gave, `files` the files that some of them were read from, and `options` the
    options of the command that are not the default ones.
    """

    id: str
    pipeline: str
    description: str
    reference: str
    plan: str
    as_of: str
    created: str
    parameters: Mapping[str, Any]
    state: State = State.RUNNING
    ended: str = ""
    exit_code: int | None = None
    error: str = ""
    git_commit: str = ""
    version: str = ""
    resumed: int = 0
    services: tuple[str, ...] = ()
    tasks: tuple[TaskRecord, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What data contracts warn of, each as `step: line`."""
        return tuple(f"{task.id}: {line}" for task in self.tasks for line in task.warnings)


def runs_directory(home: Path) -> Path:
    """Where the runs of a home are kept."""
    return home.resolve() / "runs"


def run_directory(home: Path, run_id: str) -> Path:
    """Where one run is kept."""
    return runs_directory(home) / run_id


def is_on_record(directory: Path) -> bool:
    """Whether anything was written down of the run in that directory."""
    return (directory / "run.json").is_file()


def list_runs(home: Path, most: int | None = None, pipeline: str = "") -> list[Run]:
    """All runs of a home that can be read, newest first; at `most` so many, those of which was last heard.

    Of one `pipeline`, if it is named, and of those whose names begin so.
    """
    paths = list(runs_directory(home).glob(f"{glob.escape(pipeline) or '[!.]'}*/run.json"))
    if most is not None and len(paths) > most:
        paths = sorted(paths, key=_last_heard, reverse=True)[:most]
    runs = []
    for path in paths:
        with contextlib.suppress(*_UNREADABLE):
            runs.append(_read(path.parent))
    return sorted(runs, key=lambda run: (run.created, run.id), reverse=True)


def _last_heard(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def load_run(home: Path, run_id: str) -> Run:
    """The run of that id; `latest` is the newest.

    Raises:
        ConfigurationError: there is no such run; near matches are named.
    """
    if run_id == "latest" and (runs := list_runs(home)):
        return runs[0]
    directory = run_directory(home, run_id)
    if not run_id.strip(".") or "/" in run_id or not is_on_record(directory):
        known = [run.id for run in list_runs(home)[:3]]
        todo = f"the latest are {', '.join(known)}" if known else f"nothing was run in {home} yet"
        raise ConfigurationError(f"there is no run '{run_id}'", todo)
    try:
        return _read(directory)
    except _UNREADABLE as error:
        problem = f"the record of run {run_id} cannot be read: {type(error).__name__}"
        raise ConfigurationError(problem, "start a new run") from None


def _read(directory: Path) -> Run:
    """The run as recorded; one whose runner has died is `interrupted`, with its steps as they recorded themselves."""
    run = _recorded(directory)
    if run.state is State.RUNNING and is_free(directory / "lock"):
        # It may have ended since: that is written down before the lock is given back.
        run = _recorded(directory)
        if run.state is State.RUNNING:
            tasks = tuple(_as_left(directory, task) for task in run.tasks)
            return dataclasses.replace(run, state=State.INTERRUPTED, tasks=tasks)
    return run


def _recorded(directory: Path) -> Run:
    data = json.loads((directory / "run.json").read_bytes())
    if data["id"] != directory.name:
        # Whoever copied or renamed a run would otherwise have the original resumed or removed in its place.
        raise ValueError(f"the record is that of run {data['id']}")
    tasks = tuple(_task(each) for each in data.pop("tasks"))
    return Run(**{**data, "state": State(data["state"]), "services": tuple(data["services"]), "tasks": tasks})


def _task(data: Mapping[str, Any]) -> TaskRecord:
    # Earlier versions kept whatever a step had written there.
    details = data["details"] if isinstance(data["details"], Mapping) else {}
    return TaskRecord(**{**data, "state": State(data["state"]), "after": tuple(data["after"]), "details": details})


def _as_left(directory: Path, task: TaskRecord) -> TaskRecord:
    known = read_task(directory, task.id) or task
    return dataclasses.replace(known, state=State.INTERRUPTED) if known.state is State.RUNNING else known


def read_task(directory: Path, task_id: str) -> TaskRecord | None:
    """What a step recorded of itself, None where it never got that far."""
    try:
        return _task(json.loads((directory / "steps" / task_id / "task.json").read_bytes()))
    except FileNotFoundError:
        return None


def write_task(directory: Path, record: TaskRecord) -> None:
    """Keep a step's own record beside its outputs."""
    write_json(directory / "steps" / record.id / "task.json", dataclasses.asdict(record))


def forget_task(directory: Path, task_id: str) -> None:
    """Drop a step's own record, for it is to run anew."""
    (directory / "steps" / task_id / "task.json").unlink(missing_ok=True)


def write_run(directory: Path, run: Run) -> None:
    """Keep the record of the whole run."""
    write_json(directory / "run.json", dataclasses.asdict(run))


def set_room_aside(directory: Path) -> None:
    """Take the room on disk that `write_end` needs, of which a record that has grown needs more.

    Random bytes, for zeros take none on some file systems.
    """
    room = directory / _ROOM
    missing = max(_ROOM_BYTES, 2 * _size(directory / "run.json")) - _size(room)
    if missing > 0:
        # What is there already is not given back in between.
        with room.open("ab") as file:
            file.write(os.urandom(missing))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def write_end(directory: Path, run: Run) -> None:
    """Keep the record of a run that has ended, in the room that was set aside."""
    (directory / _ROOM).unlink(missing_ok=True)
    write_run(directory, run)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all. It outlives a kill; only a loss of power could take the latest version."""
    with replacing(path) as part:
        part.write_text(json.dumps(value, indent=1, default=str))
