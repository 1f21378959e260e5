"""The commands that a failed run names: what was called, and what goes on with it."""

import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from components.shell.errors import ConfigurationError
from components.shell.quoting import quoted
from components.shell.redaction import redact, without_secrets
from components.shell.status import begins_anew, is_done_elsewhere
from stockpot.compiler.placeholders import Json, text_of
from stockpot.local.records import Run
from stockpot.local.spelling import as_written, names_file

# Shorter values stand in many a sentence by chance.
_TELLING = 4
_TO_CORRECT = "…"
_LONGEST = 20_000
HOME, PROJECT, NO_CACHE, DOCKER = "--home", "--project", "--no-cache", "--docker"


def next_command(run: Run) -> str:
    """What to call once the cause of a failure is gone; empty where there is nothing to do.

    A run with wrong parameters, or of data that was wrong, takes a new run; whatever else went wrong, the same run goes
    on, with the parameters that it was given.
    """
    code = run.exit_code or 0
    if is_done_elsewhere(code):
        return ""
    if not run.plan:
        # There is nothing yet to go on with.
        return again(run)
    is_elsewhere = code == ConfigurationError.exit_code and not _names_parameter(run)
    return again(run) if begins_anew(code) and not is_elsewhere else going_on(run)


def handed_on(run: Run) -> str:
    """The next command as notifications name it: whole, for a part of it would do something else.

    In place of one that is too long for a message stands where it can be read.
    """
    command = next_command(run)
    return command if len(command) <= _LONGEST else "the command in the report, which is too long to be told here"


def typed(command: str) -> str:
    """The command as it can be typed here: with the path that `stockpot` was called by where it is not on PATH."""
    called, installed = Path(sys.argv[0]), shutil.which("stockpot")
    is_elsewhere = called.name == "stockpot" and called.exists() and not (installed and called.samefile(installed))
    if is_elsewhere and command.startswith("stockpot "):
        return shlex.quote(sys.argv[0]) + command.removeprefix("stockpot")
    return command


def going_on(run: Run) -> str:
    """The command that resumes the run."""
    # It knows the project, and whether steps run in their images, from the run's record.
    options = {name: value for name, value in run.options.items() if name not in (PROJECT, DOCKER)}
    return joined(["stockpot", "resume", run.id, *_options(options)])


def again(run: Run) -> str:
    """The command that was given, in full, with the instant that the run was about; what is secret is left out.

    What the failure says is wrong has `…` for its value: the command would fail again as it was.
    """
    wrong = dict.fromkeys(_blamed(run), _TO_CORRECT) if run.exit_code == ConfigurationError.exit_code else {}
    as_of = ["--as-of", wrong.get("as_of", run.as_of)] if "as_of" in run.parameters else []
    files = {name: file for name, file in run.files.items() if name not in wrong}
    words = [*as_of, *given({**run.given, **wrong}, files), *_options(run.options)]
    return joined(["stockpot", "run", run.reference, *words])


def given(parameters: Mapping[str, Json], files: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """The words that give a command these parameters; what is secret is left out, and what `files` hold is named."""
    shown = {name: without_secrets(name, text_of(value)) for name, value in parameters.items() if name not in files}
    written = as_written({name: shown.get(name, "") for name in parameters}, files)
    return [word for name, value in written.items() for word in _parameter(name, value)]


def joined(words: list[str]) -> str:
    """The words as one line that a shell reads as they are; credentials in addresses are left out."""
    return " ".join(quoted(_shown(word)) for word in words)


def _shown(word: str) -> str:
    """The word without credentials. A file's path is none, whatever the parameter is called that is read from it."""
    name, _, value = word.partition("=")
    return f"{name}={redact(value)}" if names_file(value) else redact(word)


def _parameter(name: str, value: str) -> list[str]:
    if name == "as_of":
        return []
    if name == "events_dir" and Path(value).is_absolute():
        return ["--events", value]
    return ["--param", f"{name}={value}"]


def where(run: Run) -> list[str]:
    """The words that have another run begin where this one did."""
    return _options({name: value for name, value in run.options.items() if name in (HOME, PROJECT, DOCKER)})


def _options(options: Mapping[str, str]) -> list[str]:
    # A switch has no value.
    return [word for option in options.items() for word in option if word]


def _names_parameter(run: Run) -> bool:
    """Whether the reason of the failure speaks of a parameter, by its name or its value."""
    return any(_speaks_of(run.error, name, value) for name, value in run.parameters.items())


def _blamed(run: Run) -> list[str]:
    """The parameters that are wrong, as the reason of the failure has it.

    Names that are plain words, as `source` is, stand in many a sentence; those count where a sentence is about them.
    """
    return [name for name, value in run.parameters.items() if _is_about(run.error, name, value)]


def _is_about(error: str, name: str, value: Any) -> bool:
    if "_" in name:
        return _speaks_of(error, name, value)
    text = re.escape(value) if isinstance(value, str) and value else "(?!)"
    quoted, bare = rf"'{text}'", rf"(?<!\w){text}(?!\w)" if len(text) >= _TELLING else "(?!)"
    return bool(re.search(rf"(?:--|parameter |^(?:[\w-]+: )?){name}\b|{quoted}|{bare}", error))


def _speaks_of(error: str, name: str, value: Any) -> bool:
    names = rf"(?<![\w-])(?:--)?(?:{re.escape(name)}|{re.escape(name.replace('_', '-'))})(?![\w-])"
    text = value if isinstance(value, str) else ""
    return bool(re.search(names, error)) or (len(text) >= _TELLING and text in error)


def options_of(
    home: Path | None,
    jobs: int | None,
    output: str,
    project: Path | None = None,
    *,
    cached: bool = True,
    docker: bool = False,
) -> Mapping[str, str]:
    """The options of the command line that are not as they are by default."""
    options = {
        HOME: home and str(home.resolve()),
        PROJECT: project and str(project.resolve()),
        "--jobs": jobs and str(jobs),
        "--output": output,
    }
    switches = {NO_CACHE: not cached, DOCKER: docker}
    return {option: value for option, value in options.items() if value} | {
        name: "" for name, on in switches.items() if on
    }
