"""Topics archived as files `DIRECTORY/TOPIC/*.jsonl` or `*.jsonl.gz`, one value a line.

Each file is a partition, and the number of a line, from 0, its offset. The number of the partition follows from the
file's name, without `.gz`, and the beginning of its first line: a file may grow, be packed, and get neighbours, and is
still the same; a file that begins differently is another one.
"""

import gzip
import hashlib
import json
import logging
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from components.shell.events.batch import Batch, Values
from components.consume_events.offsets import ARCHIVED, Offsets, Span, Topic
from components.shell.errors import ConfigurationError, ContractError, SourceGoneError

log = logging.getLogger(__name__)

_CHUNK = 4 << 20
_BATCH_ROWS = 65_536
# More than the longest value that is taken: what is cut off here is rejected for its length all the same.
_KEPT = (1 << 20) + 2
_HEAD = 1024
# Above every number that a partition of Kafka has in practice.
_FIRST_NUMBER = 1 << 30
_LAYOUT = "lay it out as DIRECTORY/TOPIC/*.jsonl or *.jsonl.gz"


def held(directory: Path, topics: Collection[str]) -> dict[str, Topic]:
    """What the files of the topics hold now.

    A last line without a line break counts where it is a whole JSON object; if not, it waits until it is finished.

    Raises:
        ConfigurationError: there is no such directory, or a file cannot be opened or is there twice.
        ContractError: a packed file is damaged.
    """
    return {topic: _held(_files(directory, topic)) for topic in sorted(topics)}


def _held(files: dict[int, Path]) -> Topic:
    spans = {number: Span(0, sum(_count(block) for block in _blocks(path))) for number, path in files.items()}
    return Topic(ARCHIVED, spans, {number: f"{path.parent.name}/{path.name}" for number, path in files.items()})


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
        for number, path in files.items():
            if number in spans:
                yield from _read(path, name, number, spans[number])


def _read(path: Path, topic: str, number: int, span: Span) -> Iterator[Batch]:
    seen = 0
    for block in _blocks(path):
        first, seen = seen, seen + _count(block)
        begin, end = max(span.start - first, 0), min(span.end, seen) - first
        if begin < end:
            values = _values(block, begin, end)
            for row in range(0, len(values), _BATCH_ROWS):
                part = values.part(row, min(row + _BATCH_ROWS, len(values)))
                offsets = np.arange(len(part), dtype=np.int64) + (first + begin + row)
                yield Batch(topic, np.full(len(part), number, np.int32), offsets, None, part)
        if seen >= span.end:
            return
    raise SourceGoneError(f"{path} has lost lines meanwhile", "run it again: it says what is lost")


def _values(block: bytes, begin: int, end: int) -> Values:
    text = bytearray(b"\n" + block)
    data = np.frombuffer(text, np.uint8)
    breaks = np.flatnonzero(data == ord("\n"))
    if not block.endswith(b"\n"):
        breaks = np.append(breaks, len(text))
    starts, ends = breaks[begin:end] + 1, breaks[begin + 1 : end + 1].copy()
    ends -= (ends > starts) & (data[ends - 1] == ord("\r"))
    return Values(text, starts, ends, starts == ends)


def _count(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks of whole lines; a line that is too long for an event is cut short."""
    with _opened(path) as file:
        rest = b""
        while chunk := file.read(_CHUNK):
            cut = chunk.rfind(b"\n") + 1
            if cut:
                yield rest + chunk[:cut]
                rest = b""
            rest = (rest + chunk[cut:])[:_KEPT]
    if rest and _finished(rest):
        yield rest
    elif rest:
        log.warning("the last line of %s is not finished: it waits for a later run", path)


def _finished(line: bytes) -> bool:
    """Whether it is a JSON object: whatever is cut off of one, the rest is none."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _files(directory: Path, topic: str) -> dict[int, Path]:
    """The files of a topic that have a first line, by number, in the order of their names."""
    folder = directory / topic
    if not directory.is_dir():
        raise ConfigurationError(f"there is no directory {directory}", "correct the parameter events_dir")
    if not folder.is_dir():
        raise ConfigurationError(f"the archive {directory} has no folder {topic}", _LAYOUT)
    found: dict[int, Path] = {}
    for path in sorted(path for pattern in ("*.jsonl", "*.jsonl.gz") for path in folder.glob(pattern)):
        if path.is_file() and not path.name.startswith(".") and (head := _head(path)):
            twin = found.setdefault(_number(path, head), path)
            if twin != path:
                raise ConfigurationError(f"{twin} and {path} are the same file twice", "remove one of them")
    return found


def _head(path: Path) -> bytes:
    """The beginning of the first line, or nothing where there is no line yet."""
    with _opened(path) as file:
        line = file.readline(_HEAD)
    if len(line) == _HEAD or line.endswith(b"\n") or _finished(line):
        return line.rstrip(b"\r\n") or b"\n"
    return b""


def _number(path: Path, head: bytes) -> int:
    name = path.name.removesuffix(".gz").encode()
    digest = hashlib.sha256(name + b"\0" + head).digest()
    return _FIRST_NUMBER | int.from_bytes(digest[:4], "big") % _FIRST_NUMBER


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield cast("BinaryIO", file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ContractError(f"{path} is damaged: {error}", "pack it again") from error
    except FileNotFoundError as error:
        raise SourceGoneError(f"{path} has gone meanwhile", "run it again: it says what is lost") from error
    except PermissionError as error:
        raise ConfigurationError(f"{path} may not be read", "grant that") from error
