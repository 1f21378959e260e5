"""What KFP makes of a pipeline function, and what is kept of it for the commands that write no plan.

Importing KFP takes longer than such a command has to run. Traces lie in the user's cache, those of one checkout in one
folder: any change of a file of the two packages or of what is installed makes them void, and where nothing can be
written none are kept. What compiles a pipeline or hands it to a server always traces it anew.
"""

import contextlib
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from components.shell.files import write_atomically
from components.shell.names import BUCKET, CATALOG
from stockpot.caches import cache, mark_used
from stockpot.definition import Definition, defined, modules

Document = dict[str, Any]
_PACKAGES = Path(__file__).parents[2]
_BYTECODE = "__pycache__"


@dataclass(frozen=True)
class Entry:
    """What lists and reports say of a pipeline; `cron` is empty where it runs by hand alone.

    `label` and `groups` are columns of its rows, which a report draws, `table` is the one that it fills and `pictures`
    are those of its tables, as documents (`stockpot.dataset.Dataset`). `text` is the column that tells what a row is.
    `optional` are the tables that a run may leave as they are.
    """

    name: str
    title: str
    cron: str | None
    timezone: str
    description: str
    label: str = ""
    groups: tuple[str, ...] = ()
    table: str = ""
    pictures: tuple[Mapping[str, Any], ...] = ()
    text: str = ""
    optional: tuple[str, ...] = ()

    @classmethod
    def of(cls, definition: Definition) -> "Entry":
        """The entry of a pipeline."""
        cron, timezone = (definition.schedule.cron, definition.schedule.timezone) if definition.schedule else (None, "")
        about = (definition.name, definition.title, cron, timezone, definition.description)
        if (data := definition.dataset) is None:
            return cls(*about)
        optional = tuple(target.table.name for target in data.also if target.optional)
        pictures = tuple(picture.document() for picture in data.pictures)
        return cls(*about, data.label, data.groups, data.table_name, pictures, data.text, optional)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Entry":
        """The entry that was written as JSON, which knows no tuples."""
        return cls(**{**stored, **{name: tuple(stored[name]) for name in ("groups", "pictures", "optional")}})


@dataclass(frozen=True)
class Trace:
    """A registered pipeline's entry and KFP's documents."""

    entry: Entry
    documents: Sequence[Document]


def kfp_documents(component: Any) -> list[Document]:
    """What KFP's compiler makes of a pipeline function: the pipeline spec and, unless empty, the platform spec.

    What it leaves out of the groups around a task is handed on.
    """
    from google.protobuf.json_format import MessageToDict

    from stockpot.compiler.left_out import handed_on

    # The version of the SDK would make the text differ from one upgrade to the next and says nothing of the pipeline.
    spec = {key: value for key, value in MessageToDict(component.pipeline_spec).items() if key != "sdkVersion"}
    platform = MessageToDict(component.platform_spec)
    return handed_on([spec, platform] if platform else [spec])


def entries() -> Mapping[str, Entry]:
    """The entries of all registered pipelines by name."""
    version = _version()
    traces = (_trace(module, version) for module in modules())
    return {trace.entry.name: trace.entry for trace in traces if trace}


def traced(name: str) -> Trace | None:
    """The registered pipeline of that name, found and traced alone."""
    module = name.replace("-", "_")
    trace = _trace(module, _version()) if module in modules() else None
    return trace if trace and trace.entry.name == name else None


def _trace(module: str, version: str) -> Trace | None:
    path = _path(module)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        stored = _stored(path)
        if stored["version"] == version:
            mark_used(path.parent)
            return Trace(Entry.read(stored["entry"]), stored["documents"]) if stored["entry"] else None
    definition = defined(module)
    trace = Trace(Entry.of(definition), kfp_documents(definition.function)) if definition else None
    content = asdict(trace) if trace else {"entry": None}
    with contextlib.suppress(OSError):
        write_atomically(path, json.dumps({"version": version, **content}).encode())
    return trace


def _stored(path: Path) -> Any:
    """What lies there as JSON, if it is a file of the user's own: nobody else says what a pipeline is, or has it hang.

    Raises:
        OSError, ValueError, RecursionError: it is not, or no JSON.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123 - a pipe would wait for ever
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid():
            raise PermissionError(path)
        return json.loads(file.read())


def _path(module: str) -> Path:
    checkout = hashlib.sha256(str(_PACKAGES).encode()).hexdigest()[:16]
    return cache() / "traces" / checkout / f"{module}.json"


def _version() -> str:
    """What stands for all that a trace depends on: the names that are set, the three packages, and what is installed.

    A file is identified by size and times, as in Python's check of bytecode, and by the time of its inode, which
    nobody can set back. Installing or removing a package changes the time of the directory it lies in.
    """
    files = [file for package in ("pipelines", "stockpot", "components") for file in _files(_PACKAGES / package)]
    kfp = find_spec("kfp")
    installed = Path(kfp.origin).parents[1] if kfp and kfp.origin else _PACKAGES
    return hashlib.sha256(
        repr((CATALOG, BUCKET, sorted(files), _stamp(installed), sys.implementation.cache_tag)).encode()
    ).hexdigest()


def _files(directory: str | Path) -> Iterator[tuple[str, int, int, int]]:
    with os.scandir(directory) as listing:
        for each in listing:
            # An editor or another command may take away what was there a moment ago.
            with contextlib.suppress(FileNotFoundError):
                if each.is_dir() and each.name != _BYTECODE:
                    yield from _files(each.path)
                elif each.is_file():
                    yield (each.path, *_stamp(each))


def _stamp(file: "Path | os.DirEntry[str]") -> tuple[int, int, int]:
    state = file.stat()
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns
