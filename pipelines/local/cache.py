"""A content-addressed cache of pure steps: what depends on its inputs alone is not computed twice."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from components.shell.datasets import MANIFEST
from pipelines.compiler import ir
from pipelines.local.environments import lock_hash
from pipelines.local.project import Project
from pipelines.local.records import write_json
from pipelines.local.values import Inputs, RunFacts, command_of, filler


@dataclass(frozen=True)
class Parts:
    """What a pure step's result depends on, each as a hash: image lock, code, parameters, content of each input."""

    lock: str
    code: str
    parameters: str
    inputs: Mapping[str, str]

    @property
    def key(self) -> str:
        """The name under which the result is kept."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def differences(self, before: "Parts", step: str) -> list[str]:
        """In words, what is not as it was `before`."""
        said = {
            f"image lock of {step} changed": self.lock != before.lock,
            f"code of {step} or of the shell changed": self.code != before.code,
            "parameters changed": self.parameters != before.parameters,
        }
        changed = [f"input {name} changed" for name in self.inputs if self.inputs[name] != before.inputs.get(name)]
        return [words for words, true in said.items() if true] + changed


def is_pure(task: ir.Task, container: ir.Container) -> bool:
    """Whether the task depends on nothing outside: the definition allows caching, and it takes no secret or setting."""
    return task.caching and not container.environment_from


def fixed_parts(project: Project, task: ir.Task, container: ir.Container, inputs: Inputs, run: RunFacts) -> Parts:
    """The parts without the content of the inputs; paths count by their names."""
    step = project.step(container.image)
    named = Inputs(inputs.parameters, {name: Path("<in>") / name for name in inputs.artifacts})
    fill = filler(named, Path("<out>"), run, task.name)
    environment = {name: text.render(fill) for name, text in sorted(container.environment.items())}
    component = task.component
    outputs = [sorted(component.output_parameters.items()), sorted(component.output_artifacts)]
    parameters = json.dumps([command_of(container, named, fill), environment, outputs])
    return Parts(
        lock=lock_hash(project, step),
        code=hash_of(project.code_of(step)),
        parameters=hashlib.sha256(parameters.encode()).hexdigest(),
        inputs={},
    )


def with_inputs(parts: Parts, inputs: Inputs) -> Parts:
    """The parts with the content of the inputs."""
    return Parts(
        parts.lock,
        parts.code,
        parts.parameters,
        {name: hash_of([path]) for name, path in sorted(inputs.artifacts.items())},
    )


def hash_of(paths: Sequence[Path]) -> str:
    """The hash of names and content of all files at or below the paths; what a manifest lists is not read again."""
    digest = hashlib.sha256()
    for path in paths:
        root = path if path.is_dir() else path.parent
        for file in sorted(_files(path)):
            digest.update(f"{file.relative_to(root) if path.is_dir() else ''}\0{_hash_of_file(file)}\0".encode())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for directory, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(directory) / name for name in names)


def _hash_of_file(path: Path) -> str:
    if path.name == MANIFEST:
        return _hash_of_manifest(path.read_bytes())
    known = _manifest(path.parent).get(path.name)
    if known is not None and known[0] == path.stat().st_size:
        return known[1]
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash_of_manifest(content: bytes) -> str:
    """The hash of a manifest without its `source`, which says where data was taken from and when, not what it is."""
    with contextlib.suppress(ValueError, AttributeError):
        told = {name: value for name, value in json.loads(content).items() if name != "source"}
        content = json.dumps(told, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def _manifest(directory: Path) -> Mapping[str, tuple[int, str]]:
    """Sizes and hashes of a dataset's files, none where there is no manifest of that form."""
    try:
        files = json.loads((directory / MANIFEST).read_bytes())["files"]
        return {file["name"]: (file["bytes"], file["sha256"]) for file in files}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


class Cache:
    """The results of pure steps below a directory, and for each task the parts of its latest one."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def has(self, key: str) -> bool:
        """Whether a whole and unchanged result is kept under the key."""
        entry = self.directory / key
        try:
            kept = json.loads((entry / "entry.json").read_bytes())
            return bool(_sizes(entry) == kept["sizes"])
        except (FileNotFoundError, ValueError):
            return False

    def fetch(self, key: str, step: Path) -> bool:
        """Put the result kept under the key into a step's directory; False where there is none."""
        if not self.has(key):
            return False
        shutil.rmtree(step / "outputs", ignore_errors=True)
        _copy_tree(self.directory / key / "outputs", step / "outputs")
        shutil.copyfile(self.directory / key / "stdout", step / "stdout")
        return True

    def outputs(self, key: str) -> Path:
        """Where the outputs kept under the key lie."""
        return self.directory / key / "outputs"

    def keep(self, key: str, step: Path) -> None:
        """Keep a step's result under the key; of two that do so at the same time, one wins and both are right."""
        self.directory.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=self.directory))
        try:
            _copy_tree(step / "outputs", part / "outputs")
            shutil.copyfile(step / "stdout", part / "stdout")
            write_json(part / "entry.json", {"sizes": _sizes(part)})
            if not self.has(key):
                shutil.rmtree(self.directory / key, ignore_errors=True)
                with contextlib.suppress(OSError):
                    part.rename(self.directory / key)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def latest(self, task: str) -> Parts | None:
        """The parts of the task's latest result."""
        try:
            return Parts(**json.loads((self.directory / "latest" / f"{task}.json").read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def remember(self, task: str, parts: Parts) -> None:
        """Keep the parts of the task's latest result, to say later what has changed."""
        path = self.directory / "latest" / f"{task}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, asdict(parts))


def _sizes(entry: Path) -> dict[str, int]:
    files = (file for name in ("outputs", "stdout") for file in _files(entry / name))
    return {str(file.relative_to(entry)): file.stat().st_size for file in files}


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=_link)


def _link(source: str, target: str) -> None:
    """The same file under a second name, read-only so that nobody changes both; a copy where links cannot be."""
    try:
        os.link(source, target)
        Path(target).chmod(0o444)
    except OSError:
        shutil.copyfile(source, target)
