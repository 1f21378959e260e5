"""Volumes on this machine: a claim is a directory of the home, and other room is one of the step's own.

Nothing can be mounted at a path here without rights that no user has. So the path is put in place of the mount's own
wherever the step's words and variables name it.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from components.import_artifact.schemes import LOCAL, behind_scheme, scheme_of
from components.shell.errors import ConfigurationError
from stockpot.compiler import ir
from stockpot.compiler.importers import ADDRESS, is_importer
from stockpot.compiler.placeholders import Text
from stockpot.compiler.policies import CREATE_CLAIM, DELETE_CLAIM, OWN_ROOM
from stockpot.local.homes import private
from stockpot.local.secret_files import SecretFiles
from stockpot.local.values import Inputs

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True)
class Claims:
    """The claims of a home: a directory each, below `volumes`."""

    home: Path

    def make(self, inputs: Inputs) -> str:
        """The name of a new claim, as KFP's driver names it.

        Raises:
            ConfigurationError: it is named twice or in no form of Kubernetes', or there is one of that name.
        """
        named, suffix = (inputs.parameters.get(key) or "" for key in ("pvc_name", "pvc_name_suffix"))
        if named and suffix:
            raise ConfigurationError("a claim is given pvc_name and pvc_name_suffix", "give one of them")
        directory = self._directory(named or f"{uuid4()}{suffix}")
        if directory.exists():
            raise ConfigurationError(
                f"there is a claim {directory.name} at {directory}", "take another name, or remove it"
            )
        private(self.home, "volumes")
        directory.mkdir()
        return directory.name

    def delete(self, name: str) -> None:
        """Remove the claim and what it holds.

        Raises:
            ConfigurationError: there is none of that name.
        """
        shutil.rmtree(self.find(name))

    def find(self, name: str) -> Path:
        """The directory of the claim.

        Raises:
            ConfigurationError: there is none of that name.
        """
        directory = self._directory(name)
        if not self.has(name):
            raise ConfigurationError(f"there is no claim {name} on this machine", f"make the directory {directory}")
        return directory

    def has(self, name: str) -> bool:
        """Whether there is a claim of that name."""
        return self._directory(name).is_dir()

    def _directory(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ConfigurationError(f"'{name[:80]}' is no name of a claim", "take a-z, 0-9, - and .")
        return self.home.resolve() / "volumes" / name


def work(claims: Claims, image: str, inputs: Inputs, outputs: Path) -> None:
    """Do what KFP's driver does by itself: make a claim, or delete one. Either leaves the claim's name."""
    if image == CREATE_CLAIM:
        name = claims.make(inputs)
    else:
        name = str(inputs.parameters["pvc_name"])
        claims.delete(name)
    (outputs / "name").write_text(name)


def used(container: ir.Container, inputs: Inputs) -> set[str]:
    """The names of the claims that the container mounts or deletes."""
    mounts = {_name(each.name, inputs) for each in container.volumes if each.kind == "persistentVolumeClaim"}
    return mounts | ({str(inputs.parameters["pvc_name"])} if container.image == DELETE_CLAIM else set())


def mounted(
    claims: Claims, files: SecretFiles, container: ir.Container, inputs: Inputs, *, step: Path, run: Path
) -> Mapping[str, Path]:
    """The directories of the container's volumes by the paths at which it looks for them.

    `step` and `run` are directories: of the step's work alone, and of the run. A volume that a parameter without value
    names is left out, as KFP's driver does.

    Raises:
        ConfigurationError: a claim, a Secret or a ConfigMap is not there.
    """
    directories: dict[str, Path] = {}
    for number, volume in enumerate(container.volumes):
        if not all(name in inputs for name in volume.name.inputs):
            continue
        own = step / f"volume-{number}"
        if volume.kind == "persistentVolumeClaim":
            directory = claims.find(_name(volume.name, inputs)) / volume.sub_path
            directory.mkdir(parents=True, exist_ok=True)
        elif volume.kind == "workspace":
            directory = run / "workspace"
            directory.mkdir(exist_ok=True)
        elif volume.kind in OWN_ROOM:
            own.mkdir()
            directory = own
        else:
            directory = _files(files, volume, _name(volume.name, inputs), own)
        directories[volume.path] = directory
    return directories


def _files(files: SecretFiles, volume: ir.Volume, name: str, directory: Path) -> Path:
    """The directory of the files of a Secret or ConfigMap; an empty directory where it may be missing, and is."""
    if files.mount(volume.kind, name, directory):
        return directory
    if not volume.optional:
        raise ConfigurationError(
            f"the {volume.kind} {name}, whose files are to be at {volume.path}, is not on this machine",
            f"make the directory {files.directory(volume.kind, name)} with a file for each key",
        )
    directory.mkdir()
    return directory


def _name(text: Text, inputs: Inputs) -> str:
    return text.render(lambda part: str(inputs.parameters.get(part.name, "")))


def outside(container: ir.Container, inputs: Inputs) -> list[Path]:
    """Where on this machine a container reads by a path that it is given: archives of events, and what it imports."""
    texts = [inputs.parameters.get("events_dir")]
    address = inputs.parameters.get(ADDRESS) if is_importer(container) else None
    if isinstance(address, str) and scheme_of(address) in LOCAL:
        texts.append(behind_scheme(address))
    paths = [Path(each) for each in texts if isinstance(each, str) and each]
    return [path for path in paths if path.is_absolute() and path.exists()]


def at_their_paths(text: str, directories: Mapping[str, Path], run: Path) -> str:
    """The text with the directories in place of the paths, whole parts of a path only; the longest path goes first.

    What lies below the directory of the run, or in one of the volumes, is a path of this machine already.
    """
    if not directories:
        return text
    ours = "|".join(re.escape(str(each)) for each in (run, *directories.values()))
    paths = "|".join(map(re.escape, sorted(directories, key=len, reverse=True)))
    whole = re.compile(rf"{ours}|(?:(?<![\w./-])|(?<=\bfile://))({paths})(?![\w.-])")
    return whole.sub(lambda match: str(directories[match[1]]) if match[1] else match[0], text)


def name_the_mounts(outputs: Path, names: Iterable[str], directories: Mapping[str, Path]) -> None:
    """Put the mounts' own paths back into output parameters: every engine hands out the same."""
    paths: dict[bytes, bytes] = {}
    for path, directory in directories.items():
        paths.setdefault(os.fsencode(directory), os.fsencode(path))
    if not paths:
        return
    ours = re.compile(b"|".join(map(re.escape, sorted(paths, key=len, reverse=True))))
    for file in (outputs / name for name in names):
        # What cannot be read is said where the outputs are.
        with contextlib.suppress(OSError):
            content = file.read_bytes() if file.is_file() else b""
            if ours.search(content):
                # In place of a link, not through it.
                file.unlink()
                file.write_bytes(ours.sub(lambda match: paths[match[0]], content))
