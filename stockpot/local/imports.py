"""What one source file may import, read from its syntax tree; nothing is run."""

import ast
import hashlib
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from stockpot.local.digests import Stamp, stamp

# Python counts the depth of the tree that it builds once for all threads; in two at a time that ends as a SystemError.
_parsing = threading.Lock()
# What steps can import of the project: `PYTHONPATH` holds nothing else.
ROOT = "components"
MODULE = re.compile(rf"{ROOT}(\.\w+)+")
# The beginning of such a name, to which the rest is added when the code runs; and one with a gap for the rest.
_HALF = re.compile(rf"{ROOT}(\.\w+)*\.")
_GAP = re.compile(rf"{ROOT}(\.\w+)*\.[{{%]")
# A full path by itself, or behind what sets off the parts of options, lists and JSON; of addresses only a file's.
_PATH = re.compile(r"""(?:file:/{0,2}|(?:^|[\s"'=,;(\[{@|&<>`])/*|:)(/[^/\s"',;:)\]}][^\s"',;:)\]}]*)""", re.IGNORECASE)
_NO_DATA = ("/dev/", "/proc/", "/sys/")
_OWN_PATH = frozenset({"__file__", "__path__"})
# They take the name of a module, by which it is known where it is written down.
_BY_NAME = frozenset({"import_module", "__import__", "run_module"})
_BY_TEXT = frozenset({"exec", "eval"})
_BY_PATH = frozenset({"run_path", "spec_from_file_location", "SourceFileLoader", "addsitedir"})
_RELEVANT = (ast.Import, ast.ImportFrom, ast.Call, ast.Attribute, ast.Name, ast.Constant, ast.JoinedStr, ast.BinOp)
_OF_THE_RUN = frozenset({"STOCKPOT_GIT_COMMIT", "STOCKPOT_VERSION"})


@dataclass(frozen=True)
class Imports:
    """What a source file may import, by absolute names, of which the last may be a name inside a module.

    `stars` are packages of which all is taken. `anything` tells that names of modules are computed, `beside` that it
    knows its own path and may read what lies there. `paths` are texts that may be paths on the machine. `unknown`
    says why its code cannot be known, `differs` why it does not always do the same; each empty otherwise.
    """

    names: frozenset[str] = frozenset()
    stars: frozenset[str] = frozenset()
    anything: bool = False
    beside: bool = False
    paths: frozenset[str] = frozenset()
    unknown: str = ""
    differs: str = ""


@dataclass(frozen=True)
class Source:
    """A file's hash and imports."""

    sha256: str
    imports: Imports


def source(path: Path, package: str) -> Source:
    """The hash of a file and what it imports, where it is Python of that package; read again once it has changed.

    Raises:
        OSError: it cannot be read.
    """
    current = stamp(path)
    return _known(path, package, current) if current else _read(path, package)


@lru_cache(maxsize=4096)
def _known(path: Path, package: str, _stamp: Stamp) -> Source:
    return _read(path, package)


def _read(path: Path, package: str) -> Source:
    content = path.read_bytes()
    imports = imports_of(content, package) if path.suffix == ".py" else Imports()
    return Source(hashlib.sha256(content).hexdigest(), imports)


def paths_in(text: str) -> list[str]:
    """The parts of a text that may be paths on a machine, but for those that hold no data."""
    return [path for path in _PATH.findall(text) if not path.startswith(_NO_DATA)] if "/" in text else []


def run_by_name(module: str) -> tuple[str, str]:
    """What `python -m` may run of that name."""
    return module, f"{module}.__main__"


def imports_of(text: str | bytes, package: str = "") -> Imports:
    """What the text of a module in `package` may import; a text that is no Python imports nothing, it fails."""
    try:
        with _parsing:
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Imports()
    collector = _Collector(package)
    for node in _walk(tree):
        collector.take(node)
    return collector.imports()


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes that are relevant to imports, but for those that only type checkers see."""
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, _RELEVANT):
            yield node
        if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            left += node.orelse
            continue
        # As `ast.iter_child_nodes` does, in a third of its time.
        for each in node.__dict__.values():
            if isinstance(each, ast.AST):
                left.append(each)
            elif isinstance(each, list):
                left += [one for one in each if isinstance(one, ast.AST)]


def _name(node: ast.AST) -> str:
    """The last part of a dotted name; empty for anything else."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@dataclass
class _Collector:
    package: str
    names: set[str] = field(default_factory=set)
    stars: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    anything: bool = False
    beside: bool = False
    climbs: bool = False
    unknown: str = ""
    differs: str = ""

    def imports(self) -> Imports:
        """What was collected."""
        unknown = self.unknown or ("reads files by their place in the project" if self.beside and self.climbs else "")
        names, stars, paths = map(frozenset, (self.names, self.stars, self.paths))
        return Imports(names, stars, self.anything, self.beside, paths, unknown, self.differs)

    def take(self, node: ast.AST) -> None:
        """Note what a node of the tree says."""
        match node:
            case ast.Constant():
                if isinstance(node.value, str | bytes):
                    self._text(os.fsdecode(node.value))
            case ast.JoinedStr(values=[ast.Constant(str(half)), *_]) | ast.BinOp(left=ast.Constant(str(half))):
                self.anything |= bool(_HALF.fullmatch(half))
            case ast.Name():
                self.beside |= node.id in _OWN_PATH
            case ast.Attribute():
                self._attribute(node)
            case ast.Call():
                self._called(node)
            case ast.Import():
                self.names.update(alias.name for alias in node.names)
            case ast.ImportFrom():
                self._from(self._absolute(node.module or "", node.level), [alias.name for alias in node.names])
                self.anything |= any(alias.asname and alias.name in _BY_NAME for alias in node.names)

    def _attribute(self, node: ast.Attribute) -> None:
        if node.attr == "path" and _name(node.value) == "sys":
            self.unknown = "changes or reads sys.path"
        self.climbs |= node.attr == "parents" or (node.attr == "parent" and _name(node.value) == "parent")

    def _absolute(self, module: str, level: int) -> str:
        if not level:
            return module
        around = self.package.split(".")[: len(self.package.split(".")) - level + 1]
        return ".".join([*around, *([module] if module else [])])

    def _from(self, module: str, names: list[str]) -> None:
        if module == "sys" and "path" in names:
            self.unknown = "changes or reads sys.path"
        self.names.add(module)
        self.names.update(f"{module}.{name}" for name in names if name != "*")
        if "*" in names:
            self.stars.add(module)

    def _called(self, call: ast.Call) -> None:
        name = _name(call.func)
        if name in _BY_PATH or (name in _BY_TEXT and isinstance(call.func, ast.Name)):
            self.unknown = f"runs code by {name}"
        if name in _BY_NAME:
            match call.args:
                case [ast.Constant(str(text))] if not text.startswith(".") and not call.keywords:
                    self.names.add(text)
                case _:
                    self.anything = True

    def _text(self, text: str) -> None:
        if MODULE.fullmatch(text):
            self.names.update(run_by_name(text))
        # By the bare name of all any of it may be meant.
        self.anything |= text == ROOT or text in _BY_NAME or bool(_GAP.match(text))
        if text in _OF_THE_RUN:
            self.differs = f"reads {text}, which differs from run to run"
        self.climbs |= ".." in text
        self.paths.update(paths_in(text))
