"""A content-addressed cache of pure steps: what depends on its inputs alone is not computed twice."""

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from components.shell.datasets import MANIFEST
from components.shell.settings import COMPUTE, setting
from stockpot.caches import mark_used
from stockpot.compiler import ir
from stockpot.compiler.executor import METADATA
from stockpot.compiler.importers import is_importer
from stockpot.compiler.lightweight import behind_installer
from stockpot.compiler.policies import OWN_ROOM, works_on_claims
from stockpot.compiler.uris import asks_for_uris
from stockpot.local.closure import UncacheableError, code_of, files_of
from stockpot.local.digests import Stamp, digest, stamp
from stockpot.local.environments import machine
from stockpot.local.project import Project
from stockpot.local.records import write_json
from stockpot.local.texts import command_of, environment_of, filler
from stockpot.local.values import Inputs, RunFacts, each_of
from stockpot.local.volumes import outside

# Why a step runs for which nobody looks into the cache.
NOT_ASKED = "the cache is not asked"
_SHOWN = 3
_EXECUTABLE = 0o111


@dataclass(frozen=True)
class Parts:
    """What a pure step's result depends on; all but the names of the image and of what computes as hashes.

    `code` holds every file that the step's command may import or read, by its path in the project. `engine` is what
    STOCKPOT_COMPUTE names, nothing where it names none.
    """

    image: str
    lock: str
    machine: str
    code: Mapping[str, str]
    parameters: str
    inputs: Mapping[str, str]
    engine: str = ""

    @property
    def key(self) -> str:
        """The name under which the result is kept."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def differences(self, before: "Parts", step: str) -> list[str]:
        """In words, what is not as it was `before`."""
        said = {
            f"image changed from {before.image} to {self.image}": self.image != before.image,
            f"image lock of {step} changed": self.lock != before.lock,
            "Python or the machine's platform changed": self.machine != before.machine,
            f"code changed: {_some(_changed(self.code, before.code))}": self.code != before.code,
            "parameters changed": self.parameters != before.parameters,
            f"what computes changed from {before.engine or 'DuckDB'} to {self.engine or 'DuckDB'}": self.engine
            != before.engine,
        }
        changed = [f"input {name} changed" for name in self.inputs if self.inputs[name] != before.inputs.get(name)]
        return [words for words, true in said.items() if true] + changed


def _changed(now: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*now, *before} if now.get(name) != before.get(name))


def _some(names: Sequence[str]) -> str:
    left = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {left} more" if left > 0 else "")


def is_pure(task: ir.Task, container: ir.Container) -> bool:
    """Whether the task depends on nothing outside: caching is allowed, and no secret, setting or claim is taken.

    Nor may it ask where an artifact lies: that is in the folder of one run.
    """
    outside = (
        is_importer(container)
        or asks_for_uris(container)
        or works_on_claims(container)
        or any(each.kind not in OWN_ROOM for each in container.volumes)
    )
    return task.caching and not container.environment_from and not outside


def fixed_parts(
    project: Project,
    task: ir.Task,
    container: ir.Container,
    inputs: Inputs,
    run: RunFacts,
    *,
    settings: Mapping[str, str],
) -> Parts:
    """The parts without the content of the inputs; paths count by their names.

    Of the settings that every step gets, only the one that names what computes counts.

    Raises:
        UncacheableError: it cannot be known which code the step runs or what it reads, or its image is not here.
    """
    words, environment = _command(task, container, inputs, run)
    engine = setting(COMPUTE).value(settings)
    component = task.component
    outputs = [sorted(component.output_parameters.items()), sorted(component.output_artifacts)]
    parameters = hashlib.sha256(json.dumps([words, environment, outputs]).encode()).hexdigest()
    if project.docker:
        # Whatever it runs lies in the image.
        if places := outside(container, inputs):
            raise UncacheableError(f"it is told of {places[0]}, whose content is not an input")
        image_id = project.docker.id_of(container.image)
        if not image_id:
            raise UncacheableError(f"image {container.image} is not on this machine")
        image = f"{container.image} ({image_id})"
        return Parts(image, "", "", {}, parameters, {}, engine)
    step = project.step(container.image)
    return Parts(
        image=container.image,
        lock=digest(project.lock(step)),
        machine=hashlib.sha256(machine(project).encode()).hexdigest(),
        code=code_of(project.code, behind_installer(words), environment, project.packages(step)),
        parameters=parameters,
        inputs={},
        engine=engine,
    )


def step_files(project: Project, task: ir.Task, container: ir.Container, run: RunFacts) -> dict[str, Path]:
    """The files that a step may run, and its image's lock, by their paths in the project; kept or not.

    Raises:
        UncacheableError: it cannot be known which code the step runs.
    """
    if project.docker:
        raise UncacheableError("what it runs lies in its image")
    blank = Inputs(dict.fromkeys(task.parameters, ""), {name: Path(name) for name in task.artifacts})
    words, environment = _command(task, container, blank, run)
    step = project.step(container.image)
    lock = project.lock(step)
    code = files_of(project.code, behind_installer(words), environment, project.packages(step))
    return code | {f"images/{step}/{lock.name}": lock}


def _command(task: ir.Task, container: ir.Container, inputs: Inputs, run: RunFacts) -> tuple[list[str], dict[str, str]]:
    """The command line and the variables with the inputs filled in; paths stand there by their names."""
    named = Inputs(inputs.parameters, {name: Path("<in>") / name for name in inputs.artifacts})
    fill = filler(named, Path("<out>"), run, task)
    environment = dict(sorted(environment_of(container, fill).items()))
    return command_of(container, named, fill, environment), environment


def with_inputs(parts: Parts, inputs: Inputs) -> Parts:
    """The parts with the content of the inputs.

    Raises:
        UncacheableError: an input is not there, or holds something else than files and directories.
    """
    return replace(
        parts,
        inputs={
            name: " ".join(_hash_of_input(name, path) for path in each_of(artifact))
            for name, artifact in sorted(inputs.artifacts.items())
        },
    )


def _hash_of_input(name: str, path: Path) -> str:
    try:
        metadata = path.with_name(path.name + METADATA)
        return hash_of(path) + (hash_of(metadata) if metadata.exists() else "")
    except OSError as error:
        raise UncacheableError(f"input {name} cannot be read: {error.strerror}") from None


def hash_of(path: Path) -> str:
    """The hash of names, content and right to be executed of all files at or below the path, and of all directories.

    What a manifest lists is not read again, unless it was changed after the manifest was written.

    Raises:
        UncacheableError: there are links or devices, which may lead to anything.
        OSError: it is not there, or cannot be read.
    """
    lines = (_line(each, path) for each in sorted(_all_below(path)))
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _line(path: Path, root: Path) -> str:
    name = path.relative_to(root)
    if path.is_dir():
        return f"{name}\0directory\0"
    return f"{name}\0{path.stat().st_mode & _EXECUTABLE}\0{_hash_of_file(path)}\0"


def _all_below(path: Path) -> Iterator[Path]:
    """All files and directories at or below the path."""
    mode = path.lstat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise UncacheableError(f"{path.name} is neither a file nor a directory")
    yield path
    if stat.S_ISDIR(mode):
        for below in path.iterdir():
            yield from _all_below(below)


def _hash_of_file(path: Path) -> str:
    if path.name == MANIFEST:
        return _hash_of_manifest(path.read_bytes())
    status = path.stat()
    known = _manifest(path.parent).get(path.name)
    if known is not None and known.bytes == status.st_size and status.st_mtime_ns <= known.sealed:
        return known.sha256
    return digest(path)


def _hash_of_manifest(content: bytes) -> str:
    """The hash of a manifest without its `source`, which says where data was taken from and when, not what it is."""
    with contextlib.suppress(ValueError, AttributeError):
        fields = {name: value for name, value in json.loads(content).items() if name != "source"}
        content = json.dumps(fields, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class _Listed:
    """What a manifest says of a file, and when, in nanoseconds, the manifest was written."""

    bytes: int
    sha256: str
    sealed: int


def _manifest(directory: Path) -> Mapping[str, _Listed]:
    """What the manifest says of a dataset's files; nothing where there is none of that form."""
    path = directory / MANIFEST
    with contextlib.suppress(OSError):
        written = stamp(path)
        return _known_manifest(path, written) if written else _read_manifest(path)
    return {}


@lru_cache(maxsize=64)
def _known_manifest(path: Path, _stamp: Stamp) -> Mapping[str, _Listed]:
    return _read_manifest(path)


def _read_manifest(path: Path) -> Mapping[str, _Listed]:
    try:
        files, sealed = json.loads(path.read_bytes())["files"], path.stat().st_mtime_ns
        return {file["name"]: _Listed(file["bytes"], file["sha256"], sealed) for file in files}
    except (ValueError, KeyError, TypeError):
        return {}


class Cache:
    """The results of pure steps below a directory, and for each task the parts of its latest one.

    A cache that is not `asked` has no result for anybody, and takes new ones in place of those that it holds.
    """

    def __init__(self, directory: Path, *, asked: bool = True) -> None:
        self.directory = directory
        self.asked = asked

    def has(self, key: str) -> bool:
        """Whether a whole and unchanged result is kept under the key."""
        if not self.asked:
            return False
        entry = self.directory / key
        try:
            kept = json.loads((entry / "entry.json").read_bytes())
            return bool(_stamps(entry) == kept["files"])
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def fetch(self, key: str, step: Path) -> bool:
        """Put the result kept under the key into a step's directory; False where there is none."""
        if not self.has(key):
            return False
        shutil.rmtree(step / "outputs", ignore_errors=True)
        try:
            _copy_tree(self.directory / key / "outputs", step / "outputs")
            shutil.copyfile(self.directory / key / "stdout", step / "stdout")
        except OSError:
            # Somebody has just replaced it; the step can still run.
            return False
        mark_used(self.directory / key)
        return True

    def outputs(self, key: str) -> Path:
        """Where the outputs kept under the key lie."""
        return self.directory / key / "outputs"

    def keep(self, key: str, step: Path) -> bool:
        """Whether a step's result is kept under the key; of two that do so at the same time, one wins, both are right.

        A result with links in it, and one for which there is no room, is not kept.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=".part-", dir=self.directory))
        except OSError:
            return False
        gone = part.with_name(f"{part.name}.gone")
        try:
            list(_all_below(step / "outputs"))
            _copy_tree(step / "outputs", part / "outputs")
            shutil.copyfile(step / "stdout", part / "stdout")
            write_json(part / "entry.json", {"files": _stamps(part)})
            if not self.has(key):
                # Aside in one move, for somebody may be copying it.
                with contextlib.suppress(OSError):
                    (self.directory / key).rename(gone)
                with contextlib.suppress(OSError):
                    part.rename(self.directory / key)
        except (OSError, UncacheableError):
            return False
        finally:
            for left in (part, gone):
                shutil.rmtree(left, ignore_errors=True)
        return True

    def latest(self, task: str) -> Parts | None:
        """The parts of the task's latest result, None where they cannot be read: only the reason is lost by that."""
        try:
            return Parts(**json.loads((self.directory / "latest" / f"{task}.json").read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def remember(self, task: str, parts: Parts) -> None:
        """Keep the parts of the task's latest result, to say later what has changed."""
        path = self.directory / "latest" / f"{task}.json"
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, asdict(parts))


def _stamps(entry: Path) -> dict[str, list[int]]:
    """Size, time of change and right to be executed of all files of an entry; of directories, that they are there."""
    stamps = {}
    for path in (each for name in ("outputs", "stdout") for each in _all_below(entry / name)):
        status = path.stat()
        values = [status.st_size, status.st_mtime_ns, status.st_mode & _EXECUTABLE]
        stamps[str(path.relative_to(entry))] = [] if path.is_dir() else values
    return stamps


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=_link)


def _link(source: str, target: str) -> None:
    """The same file under a second name, read-only so that nobody changes both; a copy where links cannot be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
    Path(target).chmod(Path(target).stat().st_mode & 0o555)
