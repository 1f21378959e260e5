"""Models by their address: files that are found or fetched, checked, and never unpickled."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyarrow import fs

from components.connect.filesystems import filesystem_and_path, of_system
from components.shell.errors import ConfigurationError

NETWORK = "model.onnx"
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
_CACHED = re.compile(r"hf://(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)@(?P<revision>[\w.-]+(?:/[\w.-]+)*)")
# The beginning of a commit, which names it where no other has the same.
_ABBREVIATED = re.compile(r"[0-9a-f]{4,39}")
_FORMS = "file:///directory, s3://bucket/prefix or hf://owner/name@revision"
# Where Hugging Face's exporters put a network, and where people do.
_FOLDERS = ("", "onnx/")


@dataclass(frozen=True)
class Model:
    """A model's address, its files on this machine by name, and the digest of all of them."""

    uri: str
    files: Mapping[str, Path]
    digest: str

    @property
    def network(self) -> Path:
        """The file with the network itself."""
        return self.files[NETWORK]


@dataclass(frozen=True)
class Address:
    """Where a model is to be had: its `uri`, and the `cache` that `hf://` addresses are looked up in."""

    uri: str
    cache: str = ""

    @property
    def path(self) -> str:
        """The directory, as `place` takes it.

        Raises:
            ConfigurationError: the address is none, or nothing of that name is in the cache.
        """
        parts = urlsplit(self.uri)
        if "#" in self.uri:
            raise ConfigurationError(f"'{self.uri}' is no address of a model: it has a #", "write %23, or rename it")
        if parts.scheme == "file" and not parts.netloc:
            return unquote(parts.path)
        if parts.scheme == "s3" and parts.netloc:
            return self.uri
        if parts.scheme != "hf":
            raise ConfigurationError(f"'{self.uri}' is no address of a model", f"write {_FORMS}")
        return str(self._cached())

    def _cached(self) -> Path:
        """The snapshot in a cache as Hugging Face's tools leave it; nothing is ever asked of the network."""
        matched = _CACHED.fullmatch(self.uri)
        if matched is None or ".." in matched["revision"]:
            raise ConfigurationError(f"'{self.uri}' names no revision of a model", "write hf://owner/name@revision")
        if not self.cache.startswith("/"):
            raise ConfigurationError(f"no cache is named for {self.uri}", "give the directory where it is mounted")
        home = Path(self.cache, f"models--{matched['owner']}--{matched['name']}")
        ref = home / "refs" / matched["revision"]
        snapshot = home / "snapshots" / (ref.read_text().strip() if ref.is_file() else matched["revision"])
        if snapshot.is_dir():
            return snapshot
        abbreviated = _ABBREVIATED.fullmatch(matched["revision"])
        there = sorted(snapshot.parent.glob(f"{matched['revision']}*")) if abbreviated else []
        if len(there) > 1:
            names = " and ".join(each.name for each in there[:2])
            raise ConfigurationError(f"{self.uri} is several commits in the cache: {names}", "write more of it")
        if not there:
            problem = f"{self.uri} is not in the cache {self.cache}, and nothing is downloaded"
            raise ConfigurationError(problem, "download it there first, or correct the revision")
        return there[0]


def fetched(address: Address, beside: Sequence[str], scratch: Path, digest: str = "") -> Model:
    """The model at the address, with the files `beside` its network, in `scratch`: linked, or copied from elsewhere.

    Raises:
        ConfigurationError: a file is missing, there are pickles alone, or the digest is not the one that is given.
        TransientError: the store does not answer.
    """
    filesystem, root = filesystem_and_path(address.path)
    try:
        wanted = _wanted(filesystem, root, address.uri, beside)
        files = _brought(filesystem, wanted, scratch)
    except OSError as error:
        problem = ConfigurationError(f"the model {address.uri} cannot be read", "check the address and its rights")
        raise of_system(f"the model {address.uri}", error) or problem from None
    actual = _digest(files)
    if digest and actual != digest.strip().lower():
        raise ConfigurationError(f"the model {address.uri} has digest {actual}, not {digest}", "correct one of the two")
    return Model(address.uri, files, actual)


def _wanted(filesystem: fs.FileSystem, root: str, uri: str, beside: Sequence[str]) -> dict[str, str]:
    """The paths of the files that make up the model, by name.

    Raises:
        ConfigurationError: one is missing.
    """
    selector = fs.FileSelector(root, recursive=True, allow_not_found=True)
    there = {file.path.removeprefix(root).lstrip("/"): file for file in filesystem.get_file_info(selector)}
    folder = next((folder for folder in _FOLDERS if folder + NETWORK in there), None)
    if folder is None:
        if pickled := sorted(name for name in there if name.endswith(_PICKLED)):
            problem = f"the model {uri} is a pickle ({pickled[0]}), which could run anything and is never opened"
            raise ConfigurationError(problem, f"export it to {NETWORK}")
        raise ConfigurationError(f"there is no {NETWORK} at {uri}", "correct the address, or export the model to ONNX")
    # Large networks keep their weights in files beside, which are called alike.
    names = [name for name in there if name.startswith(folder + NETWORK)]
    if missing := next((name for name in beside if name not in there), None):
        raise ConfigurationError(f"the model {uri} has no {missing}", "put it beside the network")
    return {name.removeprefix(folder): there[name].path for name in (*names, *beside)}


def _brought(filesystem: fs.FileSystem, wanted: Mapping[str, str], scratch: Path) -> dict[str, Path]:
    """The files in a directory of their own, by name.

    A network opens what it names beside itself, and the digest is of these files alone: so there must be no others.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    alone = Path(tempfile.mkdtemp(dir=scratch))
    for name, path in wanted.items():
        if isinstance(filesystem, fs.LocalFileSystem):
            (alone / name).symlink_to(path)
            continue
        with filesystem.open_input_stream(path) as source, (alone / name).open("wb") as target:
            shutil.copyfileobj(source, target)
    return {name: alone / name for name in wanted}


def _digest(files: Mapping[str, Path]) -> str:
    """The SHA-256 over name and SHA-256 of each file, in the order of their names."""
    whole = hashlib.sha256()
    for name in sorted(files):
        with files[name].open("rb") as file:
            whole.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
