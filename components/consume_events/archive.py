"""Topics archived as files below `DIRECTORY/TOPIC`, one value a line; `components.shell.events.files` says which.

Each file is a partition, and the number of a line, from 0, its offset. The number of the partition follows from the
file's name below the topic, without the ending of its packing, and the beginning of its first line: a file may grow, be
packed, and get neighbours, and is still the same; a file that begins differently is another one.
"""

import hashlib
import json
import logging
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import numpy as np

from components.consume_events.offsets import Offsets, Span, Topic
from components.shell.errors import ConfigurationError, ContractError, SourceGoneError
from components.shell.events.batch import Batch
from components.shell.events.files import (
    ARCHIVED,
    KINDS,
    blocks,
    count,
    ending,
    is_hidden,
    lines,
    readable,
    unpacked_name,
)

log = logging.getLogger(__name__)

_BATCH_ROWS = 65_536
_HEAD = 1024
# Above every number that a partition of Kafka has in practice.
_FIRST_NUMBER = 1 << 30
_HEAD_CHUNK = 64 << 10
_LAYOUT = f"lay it out as DIRECTORY/TOPIC/ with {KINDS} in it"


def held(directory: Path, topics: Collection[str]) -> dict[str, Topic]:
    """What the files of the topics hold now.

    A last line without a line break counts where it is a whole JSON object; if not, it waits until it is finished.

    Raises:
        ConfigurationError: there is no such directory, or a file cannot be opened, is there twice or is no such file.
        ContractError: a packed file is damaged.
    """
    return {topic: _held(_files(directory, topic)) for topic in sorted(topics)}


def _held(files: dict[int, tuple[str, Path]]) -> Topic:
    spans = {number: Span(0, sum(count(block) for block in _blocks(path))) for number, (_, path) in files.items()}
    return Topic(ARCHIVED, spans, {number: name for number, (name, _) in files.items()})


def batches(directory: Path, offsets: Offsets) -> Iterator[Batch]:
    """The lines of all spans, a bounded batch of one file at a time, the files in the order of their names.

    Raises:
        SourceGoneError: a file has gone or shrunk meanwhile.
        ContractError: a packed file is damaged.
    """
    for name, topic in sorted(offsets.items()):
        spans = {number: span for number, span in topic.partitions.items() if span.start < span.end}
        files = _files(directory, name) if spans else {}
        if lost := sorted(set(spans) - set(files)):
            raise SourceGoneError(f"the file of partition {lost[0]} of topic {name} has gone meanwhile", "run it again")
        for number, (_, path) in files.items():
            if number in spans:
                yield from _read(path, name, number, spans[number])


def _read(path: Path, topic: str, number: int, span: Span) -> Iterator[Batch]:
    seen = 0
    for block in _blocks(path):
        first, seen = seen, seen + count(block)
        begin, end = max(span.start - first, 0), min(span.end, seen) - first
        for row in range(begin, end, _BATCH_ROWS):
            numbers, values = lines(block, row, min(row + _BATCH_ROWS, end))
            if len(values):
                yield Batch(topic, np.full(len(values), number, np.int32), numbers + first, None, values)
        if seen >= span.end:
            return
    raise SourceGoneError(f"{path} has lost lines meanwhile", "run it again: it says what is lost")


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks of whole lines, as the shared reader gives them, without a last line that is not finished."""
    with _translated(path):
        for block in blocks(path):
            if block.endswith(b"\n") or _finished(block):
                yield block
            else:
                log.warning("the last line of %s is not finished: it waits for a later run", path)


def _finished(line: bytes) -> bool:
    """Whether it is a JSON object: whatever is cut off of one, the rest is none."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _files(directory: Path, topic: str) -> dict[int, tuple[str, Path]]:
    """The files of a topic that have a first line, by number: their names below the archive, in order, and paths."""
    folder = directory / topic
    if not directory.is_dir():
        raise ConfigurationError(f"there is no directory {directory}", "correct the parameter events_dir")
    if not folder.is_dir():
        raise ConfigurationError(f"the archive {directory} has no folder {topic}", _LAYOUT)
    _refuse_loose(directory)
    shown, hidden = readable(_below(folder), str(folder))
    if hidden:
        log.info("%d hidden or temporary files of %s are passed over", hidden, folder)
    files: dict[int, tuple[str, Path]] = {}
    inodes: dict[tuple[int, int], Path] = {}
    for name in shown:
        path = folder / name
        if not (head := _head(path)):
            continue
        with _translated(path):
            at = path.stat()
        if (twin := inodes.setdefault((at.st_dev, at.st_ino), path)) != path:
            raise ConfigurationError(f"{twin} and {path} are the same file twice", "remove one of them")
        _, twin = files.setdefault(_number(name, head), (f"{topic}/{name}", path))
        if twin != path:
            raise ConfigurationError(f"{twin} and {path} get the same number by chance", "rename the newer one")
    return files


def _refuse_loose(directory: Path) -> None:
    """Nothing, if no file that could be read lies beside the topics: it would belong to none and be missed."""
    loose = sorted(path.name for path in directory.iterdir() if not path.is_dir() and ending(path.name))
    if loose := [name for name in loose if not is_hidden(name)]:
        raise ConfigurationError(f"{directory / loose[0]} is in no topic's folder", _LAYOUT)


def _below(folder: Path) -> Iterator[str]:
    """The names of all files below the folder, relative to it; links are followed, each folder once."""
    seen = set()
    for parent, folders, names in os.walk(folder, followlinks=True, onerror=_unreadable):
        at = Path(parent).stat()
        if (at.st_dev, at.st_ino) in seen:
            folders.clear()
            continue
        seen.add((at.st_dev, at.st_ino))
        folders.sort()
        yield from (Path(parent, name).relative_to(folder).as_posix() for name in names)


def _unreadable(error: OSError) -> NoReturn:
    raise ConfigurationError(f"{error.filename} may not be read", "grant that") from error


def _head(path: Path) -> bytes:
    """The beginning of the first line, or nothing where there is no line yet."""
    with _translated(path):
        if not path.is_file():
            raise ConfigurationError(f"{path} is no file", "take it away")
        block = next(blocks(path, _HEAD_CHUNK), b"")
    if b"\n" in block or _finished(block):
        return block.split(b"\n", 1)[0][:_HEAD].rstrip(b"\r\n") or b"\n"
    return b""


def _number(name: str, head: bytes) -> int:
    digest = hashlib.sha256(unpacked_name(name).encode(errors="surrogateescape") + b"\0" + head).digest()
    return _FIRST_NUMBER | int.from_bytes(digest[:4], "big") % _FIRST_NUMBER


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except ContractError as error:
        raise ContractError(f"{path.parent / error.message}", error.todo) from error
    except FileNotFoundError as error:
        raise SourceGoneError(f"{path} has gone meanwhile", "run it again: it says what is lost") from error
    except PermissionError as error:
        raise ConfigurationError(f"{path} may not be read", "grant that") from error
