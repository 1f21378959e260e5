"""How a step's process is started: in the environment that stands in for its image, or in the image itself."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stockpot.compiler import ir
from stockpot.compiler.importers import is_importer
from stockpot.compiler.lightweight import behind_installer
from stockpot.compiler.placeholders import expand
from stockpot.compiler.policies import speaks_codes
from stockpot.local import volumes
from stockpot.local.context import Context
from stockpot.local.docker import Docker, Mount, container_name, spoken
from stockpot.local.environments import PYTHONS, Environment
from stockpot.local.processes import Command, progress_file, refuse_unstartable
from stockpot.local.secret_values import settings_of
from stockpot.local.texts import command_of, environment_of, filler
from stockpot.local.values import Inputs
from stockpot.local.volumes import outside

TEMPORARY = "tmp"
"""A step's folder for temporary files, which attempts of other programs than ours share."""


@dataclass(frozen=True)
class Step:
    """A container task of a run, ready to start."""

    id: str
    task: ir.Task
    container: ir.Container
    inputs: Inputs
    exits: bool


def words_of(
    context: Context, step: Step, directory: Path, settings: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """The command line and the variables of the step's container, with the settings that it takes."""
    fill = filler(step.inputs, directory / "outputs", context.facts, step.task)
    own = {**environment_of(step.container, fill), **settings}
    words = command_of(step.container, step.inputs, fill, own)
    # What a command installs is in its environment already.
    return words if context.project.docker else behind_installer(words), own


def in_environment(
    context: Context, step: Step, environment: Environment, directory: Path, volume_paths: Mapping[str, Path]
) -> Command:
    """The step as a process of this machine, which finds what lies at `volume_paths` by paths of this machine."""
    words, own = words_of(context, step, directory, _settings(context, step))
    words = [volumes.at_their_paths(word, volume_paths, context.directory) for word in words]
    own |= {
        name: volumes.at_their_paths(own[name], volume_paths, context.directory) for name in step.container.environment
    }
    # A program of others may go on with what an earlier attempt has left there, as on a machine that attempts share.
    temporary = directory / ("work" if speaks_codes(step.container) else TEMPORARY)
    work, path = directory / "work", f"{environment.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    variables = {
        **context.shared_environment,
        **_own_code(context, step, directory),
        "PATH": path,
        "HOME": str(work),
        "TMPDIR": str(temporary),
        **own,
        **_fixed_variables(context, step, directory),
    }
    if words[0] in PYTHONS:
        words[0] = str(environment.python)
    else:
        words[0] = shutil.which(words[0], path=variables["PATH"]) or words[0]
    refuse_unstartable(words, variables)
    return Command(words, variables, directory, step.container.timeout_seconds)


def in_image(
    context: Context, step: Step, docker: Docker, directory: Path, volume_paths: Mapping[str, Path]
) -> Command:
    """The step as a container, which finds what lies at `volume_paths` by their own paths."""
    words, own = words_of(context, step, directory, _settings(context, step))
    shared = {key: value for key, value in context.shared_environment.items() if key.startswith("STOCKPOT_")}
    variables = {**shared, "HOME": str(directory / "work"), **own, **_fixed_variables(context, step, directory)}
    refuse_unstartable(words, variables)
    mounts = [
        Mount(str(context.directory), context.directory),
        *(Mount(path, each) for path, each in volume_paths.items()),
    ]
    mounts += [Mount(str(each), each, readonly=True) for each in _read(context, step)]
    # Of optional words none may be left.
    own_words = len(expand(step.container.command, lambda name: name in step.inputs))
    lines, apart = spoken(variables)
    arguments = (step.container.image, words[:own_words], words[own_words:], apart, mounts)
    # By its path for progress a process that outlives us is found.
    environment = {**os.environ, **apart, **_fixed_variables(context, step, directory)}
    return Command(
        docker.words(container_of(context, step), *arguments),
        environment,
        directory,
        step.container.timeout_seconds,
        lines,
    )


def container_of(context: Context, step: Step) -> str:
    """The name of the step's container."""
    return container_name(context.run().id, step.id)


def _settings(context: Context, step: Step) -> dict[str, str]:
    return dict(settings_of(step.id, step.container, step.inputs, context.values, context.files))


def _fixed_variables(context: Context, step: Step, directory: Path) -> dict[str, str]:
    """What no step's author may say otherwise."""
    return {
        "ARGO_PROGRESS_FILE": str(progress_file(directory)),
        **(context.for_exit_handlers() if step.exits else {}),
    }


def _own_code(context: Context, step: Step, directory: Path) -> Mapping[str, str]:
    """Where Python finds the packages of a step of the user's own, and nothing else that lies beside them."""
    packages = context.project.packages(context.project.step(step.container.image))
    if not packages:
        return {}
    folder = directory / "work" / "code"
    folder.mkdir()
    for package in packages:
        (folder / package.name).symlink_to(package)
    return {"PYTHONPATH": os.pathsep.join((context.shared_environment["PYTHONPATH"], str(folder)))}


def _read(context: Context, step: Step) -> list[Path]:
    """What a step reads of this machine by the path that it is given: the run's archives of events, or imports."""
    events = context.run().parameters.get("events_dir")
    return [path for path in outside(step.container, step.inputs) if is_importer(step.container) or str(path) == events]
