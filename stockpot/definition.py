"""A pipeline as everybody sees it: what it is called, when it runs, and the dataset that it fills."""

import importlib
import pkgutil
import re
import shlex
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from components.shell.errors import ConfigurationError, StepError
from components.shell.missing import FILL
from stockpot.sdk import import_kfp

if TYPE_CHECKING:
    from stockpot.dataset import Dataset

# Of minute, hour, day of the month, month and day of the week.
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_STEP = re.compile(r"(?:\*|(\d+|[A-Za-z]{3})(?:-(\d+|[A-Za-z]{3}))?)(?:/0*[1-9]\d*)?")
_TABLE = re.compile(r"table '?(\w+(?:\.\w+)+)'?")


def _shown(field: str, bounds: tuple[int, int]) -> bool:
    """Whether a clock shows what a field of a cron text says, such as `*/5`, `1,15` or `mon-fri`."""
    matches = [_STEP.fullmatch(part) for part in field.split(",")]
    numbers = [int(number) for part in matches if part for number in part.groups() if number and number.isdigit()]
    return all(matches) and all(bounds[0] <= number <= bounds[1] for number in numbers)


@dataclass(frozen=True)
class Schedule:
    """A cron schedule in UTC."""

    cron: str
    concurrency: str = "Forbid"
    timezone: str = "UTC"
    starting_deadline_seconds: int = 3600

    def __post_init__(self) -> None:
        """Refuse what no clock ever shows.

        Raises:
            ValueError: it is no cron text of five fields.
        """
        fields = self.cron.split()
        if len(fields) != len(_BOUNDS) or not all(map(_shown, fields, _BOUNDS)):
            raise ValueError(f"'{self.cron}' is no cron schedule: write one such as '0 3 * * *'")


@dataclass(frozen=True)
class Definition:
    """A pipeline: its KFP function, a title, a schedule where it runs by itself, and the dataset that it fills."""

    function: Callable[..., Any]
    title: str
    schedule: Schedule | None = None
    dataset: "Dataset | None" = None

    @property
    def name(self) -> str:
        """The pipeline's name, such as `moderation-training`."""
        return str(self.function.name)  # type: ignore[attr-defined]  # KFP's decorator gives a function these

    @property
    def description(self) -> str:
        """What the pipeline does, from its function's docstring."""
        return str(self.function.description or "")  # type: ignore[attr-defined]  # KFP's decorator gives a function these


def modules() -> list[str]:
    """The names of this package's modules, any of which may hold a pipeline."""
    package = importlib.import_module("pipelines")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)


def defined(module: str) -> Definition | None:
    """The pipeline of a module of this package, the one definition in it; nothing where it has none.

    Raises:
        ConfigurationError: the module cannot be imported, or its pipeline is called otherwise, so that nobody finds it.
    """
    values = [] if module == "cli" else vars(_imported(module)).values()
    definition = next((value for value in values if isinstance(value, Definition)), None)
    if definition and definition.name.replace("-", "_") != module:
        todo = f"call the file {definition.name.replace('-', '_')}.py, or the pipeline alike"
        raise ConfigurationError(f"pipelines/{module}.py holds the pipeline '{definition.name}'", todo)
    return definition


def _imported(module: str) -> ModuleType:
    import_kfp()
    try:
        return importlib.import_module(f"pipelines.{module}")
    except StepError:
        # Of what is written wrong in it, such as a column's type: it names the line.
        raise
    except Exception as error:
        raise ConfigurationError(wrong_in(Path("pipelines", f"{module}.py"), error)) from error


def wrong_in(path: Path, error: Exception) -> str:
    """What went wrong while the file was imported, led by the file and its line."""
    if isinstance(error, SyntaxError):
        return f"{path}:{error.lineno} cannot be imported: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    line = next((frame.lineno for frame in reversed(frames) if Path(frame.filename).name == path.name), None)
    kind = "" if type(error) is ValueError else f"{type(error).__name__}: "
    return f"{path}:{line or 1} cannot be imported: {kind}{error}"


def find(name: str) -> Definition | None:
    """The pipeline of that name, which stands in the module called alike; no other pipeline is imported."""
    module = name.replace("-", "_")
    definition = defined(module) if module in modules() else None
    return definition if definition and definition.name == name else None


def discover() -> Mapping[str, Definition]:
    """All pipelines of this package by name: every module in it that has one."""
    return {definition.name: definition for definition in map(defined, modules()) if definition}


def module_of(file: Path) -> str:
    """The name under which a file that holds pipelines is imported."""
    return f"stockpot_definition_{file.stem}"


def completed(line: str, verb: str = "run", options: Sequence[str] = (), *, beside: str = "") -> str:
    """The line of an error, with the command that fills the table where the line asks for a pipeline that is known.

    `verb` and `options` make the command one for where the line comes from. `beside` is what the user named, whose
    pipelines are known too where it is `FILE.py:function` and the file has been imported.
    """
    before, asked, after = line.partition(FILL)
    named = _TABLE.findall(before)
    pipeline = _filler(named[-1], beside) if asked and named else ""
    command = shlex.join(["stockpot", verb, pipeline, *options])
    return f"{before}{asked} ({command}){after}" if pipeline else line


def _filler(table: str, beside: str) -> str:
    """The name of the pipeline that fills the table; empty where none does, or one of them cannot be imported."""
    try:
        known = {**_of_file(beside), **discover()}
    except StepError:
        return ""
    return next((name for name, one in known.items() if one.dataset and table in one.dataset.tables), "")


def _of_file(reference: str) -> Mapping[str, Definition]:
    """The pipelines of the file of a reference `FILE.py:function`, by reference; none where it is not imported."""
    path, _, _ = reference.rpartition(":")
    values = vars(sys.modules[module]) if (module := module_of(Path(path))) in sys.modules else {}
    return {f"{path}:{name}": value for name, value in values.items() if isinstance(value, Definition)}
