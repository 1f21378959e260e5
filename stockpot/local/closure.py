"""The code that a step runs: every file of the project that its command may import, found without running it.

What cannot be found that way is not guessed at: an error says so, and the step's result is not kept.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stockpot.local.digests import Stamp, digest, stamp
from stockpot.local.environments import PYTHONS
from stockpot.local.imports import MODULE, ROOT, Imports, imports_of, paths_in, run_by_name, source

_FLAGS = re.compile(r"-(?P<plain>[bBdEhiIOPqRsSuvVx]*)(?P<last>[mcXW]?)(?P<attached>.*)", re.DOTALL)
_LEADING = frozenset({"PYTHONPATH", "PYTHONHOME", "PYTHONPLATLIBDIR", "PYTHONSAFEPATH"})
# With -E Python hears of no variable, and looks beside a script for what it imports, unless one of the others is there.
_BESIDE, _NOT_BESIDE = frozenset("E"), frozenset("IP")
_COMPILED = "__pycache__"
_OURS = re.compile(rf"\b{ROOT}\b")
_TREES: dict[Path, "_Tree"] = {}


class UncacheableError(Exception):
    """Why a result is not kept: what it depends on cannot be known."""


@dataclass(frozen=True)
class _Started:
    """What Python's arguments have it run: a module, a text or a file; and the words that follow."""

    module: str = ""
    text: str = ""
    file: str = ""
    rest: Sequence[str] = ()


@dataclass(frozen=True)
class _Code:
    """The hashes of the files that a command may run or read, by their paths, and what each of these sources says."""

    hashes: Mapping[str, str]
    sources: Mapping[str, Imports] = field(default_factory=dict)


def code_of(
    root: Path, words: Sequence[str], environment: Mapping[str, str], packages: Sequence[Path] = ()
) -> dict[str, str]:
    """The hashes of all files below `root` that a command with that environment may run or read, by their paths.

    Of another program than Python the image and the command tell which it is, as KFP has it. Of the user's own
    `packages` any file may be run, and so may whatever they import.

    Raises:
        UncacheableError: it runs what is not known, or reads what is no input.
    """
    code = _code(root, words, environment, packages)
    for who, imports in code.sources.items():
        if imports.differs:
            raise UncacheableError(f"{who} {imports.differs}")
        _refuse_paths(who, imports.paths)
    return dict(code.hashes)


def files_of(
    root: Path, words: Sequence[str], environment: Mapping[str, str], packages: Sequence[Path] = ()
) -> dict[str, Path]:
    """The same files, also of a command whose result cannot be kept because it reads what is no input.

    Raises:
        UncacheableError: it runs what is not known.
    """
    code = _code(root, words, environment, packages)
    return {name: root / name for name in code.hashes} | dict(_files_below(packages))


def _code(root: Path, words: Sequence[str], environment: Mapping[str, str], packages: Sequence[Path]) -> _Code:
    for name in _LEADING.intersection(environment):
        raise UncacheableError(f"it sets {name}, by which Python finds other code")
    try:
        own = _of_command(root, words, environment)
        imported = _of_packages(root, packages) if packages else _Code({})
    except OSError as error:
        raise UncacheableError(f"its code cannot be read: {error.strerror}") from None
    return _Code({**own.hashes, **imported.hashes}, {**own.sources, **imported.sources})


def _of_command(root: Path, words: Sequence[str], environment: Mapping[str, str]) -> _Code:
    if words and words[0] not in PYTHONS:
        return _Code(_foreign(words, environment))
    started = _started(words)
    return _of_python(root, started, (*started.rest, *environment.values()))


def _foreign(words: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """The hash of the program where it is a file of this machine; any other is the image's.

    A program that starts Python may import from the project, and one that is given a path may read there.
    """
    texts = (*words[1:], *environment.values())
    if any(_OURS.search(text) for text in texts):
        raise UncacheableError(f"it names {ROOT}, whose code may change")
    _refuse_paths("it", (path for text in texts for path in paths_in(text)))
    program = Path(words[0])
    return {words[0]: digest(program)} if program.is_absolute() and program.is_file() else {}


def _of_python(root: Path, started: _Started, given: Sequence[str]) -> _Code:
    script = Path(started.file) if started.file else None
    first = source(script, "").imports if script else imports_of(started.text)
    if first.unknown or first.beside:
        raise UncacheableError(f"what it runs {first.unknown or 'reads files by their place'}")
    named = (started.module, *filter(MODULE.fullmatch, given))
    names = {*first.names, *(name for module in named for name in run_by_name(module))}
    hashes, read = _imported(root, Imports(frozenset(names), first.stars, first.anything))
    arguments = Imports(paths=frozenset(path for text in given for path in paths_in(text)))
    return _Code(
        hashes | ({str(script): source(script, "").sha256} if script else {}),
        {"it": arguments, "what it runs": first, **read},
    )


def _of_packages(root: Path, packages: Sequence[Path]) -> _Code:
    """All files of the user's own packages and what of the project they may import, and what all these sources say."""
    hashes: dict[str, str] = {}
    sources: dict[str, Imports] = {}
    for name, file in _files_below(packages):
        if file.suffix != ".py":
            hashes[name] = digest(file)
            continue
        module = source(file, ".".join(Path(name).parent.parts))
        hashes[name], sources[name] = module.sha256, module.imports
        if module.imports.unknown:
            raise UncacheableError(f"{name} {module.imports.unknown}")
    names = frozenset(name for each in sources.values() for name in each.names)
    stars = frozenset(name for each in sources.values() for name in each.stars)
    imported, read = _imported(root, Imports(names, stars, any(each.anything for each in sources.values())))
    return _Code(hashes | imported, sources | read)


def _files_below(packages: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """All files of the packages by their paths beside them, of which a step of the user's own may import any."""
    for package in packages:
        for folder, names in _folders(package):
            files = (folder / name for name in sorted(names))
            yield from ((str(file.relative_to(package.parent)), file) for file in files if file.is_file())


def _started(words: Sequence[str]) -> _Started:
    if not words:
        raise UncacheableError("it runs nothing, whose code is not known")
    left, flags = list(words[1:]), set[str]()
    while left:
        word = left.pop(0)
        matched = _FLAGS.fullmatch(word)
        if word == "-" or matched is None:
            if flags & _BESIDE and not flags & _NOT_BESIDE:
                raise UncacheableError(f"it runs {word} with -E, by which Python finds code beside it")
            return _of_file(word, left)
        flags.update(matched["plain"])
        if not matched["last"]:
            if matched["attached"]:
                break
            continue
        value = matched["attached"] or (left.pop(0) if left else "")
        if matched["last"] == "m":
            return _Started(module=value, rest=left)
        if matched["last"] == "c":
            return _Started(text=value, rest=left)
    raise UncacheableError("it starts Python in a way that does not say what it runs")


def _of_file(word: str, rest: Sequence[str]) -> _Started:
    if not word.startswith("/") or not word.endswith(".py") or not Path(word).is_file():
        raise UncacheableError(f"it runs {word}, which is no Python file of this machine")
    return _Started(file=word, rest=rest)


def _refuse_paths(who: str, paths: Iterable[str]) -> None:
    """Refuse paths that exist on this machine: a step may read there, and what lies there is no input."""
    for path in paths:
        if _exists(path):
            raise UncacheableError(f"{who} is told of {path}, whose content is not an input")


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _tree(root: Path) -> "_Tree":
    known = _TREES.get(root)
    if known is None or not known.is_current():
        known = _TREES[root] = _Tree(root)
    return known


def _folders(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """All folders with the names of their files; through links too, but each only once."""
    seen = {os.path.realpath(top)}
    for directory, folders, names in os.walk(top, followlinks=True):
        yield Path(directory), names
        real = {name: os.path.realpath(Path(directory, name)) for name in folders if name != _COMPILED}
        folders[:] = [name for name, where in real.items() if where not in seen]
        seen.update(real.values())


class _Tree:
    """The project's files: modules by name, and for each folder of modules what else lies in it.

    A folder without modules holds data, which belong to the nearest folder above that has some.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules: dict[str, Path] = {}
        self.data: dict[Path, list[Path]] = {}
        self.stamps: dict[Path, Stamp | None] = {}
        owners: dict[Path, Path] = {}
        for folder, names in _folders(root / ROOT):
            self.stamps[folder] = stamp(folder)
            sources = [name for name in names if name.endswith(".py")]
            owners[folder] = folder if sources else owners.get(folder.parent, folder)
            package = ".".join(folder.relative_to(root).parts)
            for name in sources:
                module = name.removesuffix(".py")
                self.modules[package if module == "__init__" else f"{package}.{module}"] = folder / name
            others = [folder / name for name in names if not name.endswith(".py")]
            self.data.setdefault(owners[folder], []).extend(others)

    def is_current(self) -> bool:
        """Whether no file has come or gone since the tree was read."""
        try:
            return all(known is not None and stamp(folder) == known for folder, known in self.stamps.items())
        except OSError:
            return False

    def package(self, path: Path) -> str:
        """The package that a file lies in."""
        return ".".join(path.parent.relative_to(self.root).parts)

    def everything(self) -> set[Path]:
        """All files."""
        return {*self.modules.values(), *(path for paths in self.data.values() for path in paths)}

    def below(self, package: str) -> list[str]:
        """The modules right below a package."""
        return [name for name in self.modules if name.rpartition(".")[0] == package]

    def on_the_way(self, name: str) -> Iterator[str]:
        """The modules that Python runs to import a dotted name: each package on the way, and the module itself."""
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            module = ".".join(parts[:length])
            if module in self.modules:
                yield module


def _closure(tree: _Tree, first: Imports) -> tuple[set[Path], dict[str, Imports]]:
    """All files that may be imported from those first ones on, with the data beside them; and what each module says."""
    read: dict[str, Imports] = {}
    files: set[Path] = set()
    left = [first]
    while left:
        imports = left.pop()
        if imports.anything:
            return tree.everything(), {module: _imports(tree, module) for module in tree.modules}
        names = {*imports.names, *(name for star in imports.stars for name in tree.below(star))}
        for module in {module for name in names for module in tree.on_the_way(name)} - read.keys():
            path = tree.modules[module]
            files.update((path, *tree.data.get(path.parent, ())))
            read[module] = _imports(tree, module)
            left.append(read[module])
            if read[module].beside:
                files.update(each for each in tree.everything() if each.is_relative_to(path.parent))
    return files, read


def _imported(root: Path, first: Imports) -> tuple[dict[str, str], dict[str, Imports]]:
    """The hashes of all files that may be imported from those first ones on, by their paths; what each module says."""
    tree = _tree(root)
    files, read = _closure(tree, first)
    return {str(path.relative_to(root)): source(path, tree.package(path)).sha256 for path in sorted(files)}, read


def _imports(tree: _Tree, module: str) -> Imports:
    path = tree.modules[module]
    imports = source(path, tree.package(path)).imports
    if imports.unknown:
        raise UncacheableError(f"{module} {imports.unknown}")
    return imports
