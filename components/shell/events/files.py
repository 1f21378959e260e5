"""Files of values, one a line: which of them are read, and what a line is.

Readers of views and of archived topics read the same files the same way. What can be read is told by the ending of its
name, in small letters or capitals; hidden and temporary files are passed over, by the rule that Spark has; and all
others are refused, so that nobody takes for complete what was read in part.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa

from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError
from components.shell.events.batch import Places, Values

KINDS = "*.jsonl, *.ndjson or *.json, plain or packed as .gz or .zst"
# The id, in offsets, of every topic that is read from files.
ARCHIVED = "archive"
_LINES = (".jsonl", ".ndjson", ".json")
_PACKINGS = (".gz", ".zst")
_CHUNK = 4 << 20
# More than the longest value that is taken: what is cut off here is rejected for its length all the same.
_KEPT = (1 << 20) + 2
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# How packed files, archives and tables begin, and no line of JSON.
_BINARY = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"PK\x03\x04", b"PAR1", b"Obj\x01")
# Frames of Zstandard may begin with one to be skipped, of sixteen kinds.
_SKIPPED = b"\x2a\x4d\x18"
_WHITE = b" \t\n\r\v\f" + _BOM
_BLANK = 0x20


def unpacked_name(name: str) -> str:
    """The name without the ending that says how the file is packed."""
    packing = _ending(name, _PACKINGS)
    return name[: len(name) - len(packing)]


def ending(name: str, others: Sequence[str] = ()) -> str:
    """How the name of a readable file ends, in small letters, such as `.jsonl.gz`; empty where it is none."""
    bare = unpacked_name(name)
    if plain := _ending(bare, _LINES):
        return plain + name[len(bare) :].lower()
    return _ending(name, others)


def _ending(name: str, endings: Sequence[str]) -> str:
    return next((one for one in endings if name.lower().endswith(one)), "")


def is_hidden(name: str) -> bool:
    """Whether a file of this name, relative to where one looks, is hidden or temporary, by itself or by its folders."""
    return name.lower().endswith((".crc", "._copying_")) or any(
        part.startswith(".") or (part.startswith("_") and "=" not in part) for part in name.split("/")
    )


def readable(names: Iterable[str], where: str, others: Sequence[str] = ()) -> tuple[list[str], int]:
    """The names of files to be read, in order, and how many are passed over.

    Args:
        names: Names relative to `where`, with slashes.
        where: What the place is called.
        others: Endings that are readable besides those of lines.

    Raises:
        ConfigurationError: a file is neither readable nor hidden, or is there twice, packed and not.
    """
    every = sorted(names)
    shown = [name for name in every if not is_hidden(name)]
    if unknown := [name for name in shown if not ending(name, others)]:
        more = f" and {counted(len(unknown) - 1, 'more file')}" if len(unknown) > 1 else ""
        kinds = ", ".join([KINDS, *(f"*{other}" for other in others)])
        raise ConfigurationError(
            f"{unknown[0]}{more} in {where} cannot be read: its ending is unknown",
            f"name it as one of {kinds}, take it away, or hide it with an underscore before its name",
        )
    for name, again in pairwise(sorted(shown, key=unpacked_name)):
        if unpacked_name(name) == unpacked_name(again):
            raise ConfigurationError(f"{name} and {again} in {where} are the same file twice", "remove one of them")
    return shown, len(every) - len(shown)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, unpacked as its name says.

    Raises:
        ContractError: what it holds is damaged, or cut.
    """
    packing = _ending(path.name, _PACKINGS)
    try:
        if packing == ".zst":
            # An empty file has no frame to begin with.
            packed = path.stat().st_size > 0
            with pa.OSFile(str(path)) as file, pa.CompressedInputStream(file, "zstd") if packed else file as stream:
                yield cast("BinaryIO", stream)
        else:
            with gzip.open(path) if packing else path.open("rb") as file:
                yield cast("BinaryIO", file)
    except (FileNotFoundError, PermissionError):
        raise
    except (EOFError, OSError, zlib.error) as error:
        raise ContractError(f"{path.name} is damaged: {error}", "write it again") from error


def blocks(path: Path, chunk: int = 0) -> Iterator[bytes]:
    """The file in blocks of whole lines that end with a line feed; the last one may have no end.

    A line that is too long for an event is cut short. A carriage return ends a line too, before a line feed or alone.

    Raises:
        ContractError: the file is damaged, is UTF-16, or is packed though its name does not say so.
    """
    with opened(path) as file:
        rest = b""
        for piece in _with_line_feeds(_chunks(file, chunk or _CHUNK, path)):
            cut = piece.rfind(b"\n") + 1
            if cut:
                yield rest + piece[:cut]
                rest = b""
            rest = (rest + piece[cut:])[:_KEPT]
    if rest:
        yield rest


def _chunks(file: BinaryIO, size: int, path: Path) -> Iterator[bytes]:
    first = True
    while chunk := file.read(size):
        if first:
            _refuse_binary(chunk, path)
        first = False
        yield chunk


def _refuse_binary(beginning: bytes, path: Path) -> None:
    if beginning.startswith(_UTF_16):
        raise ContractError(f"{path.name} is UTF-16", "write it as UTF-8")
    if beginning.startswith(_BINARY) or beginning[1:4] == _SKIPPED:
        raise ContractError(f"{path.name} holds no lines", "name it as it is packed, such as .jsonl.gz, or unpack it")


def _with_line_feeds(chunks: Iterable[bytes]) -> Iterator[bytes]:
    pending = b""
    for chunk in chunks:
        block = pending + chunk
        pending = b"\r" if block.endswith(b"\r") else b""
        block = block[: len(block) - len(pending)]
        yield block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block
    if pending:
        yield b"\n"


def count(block: bytes) -> int:
    """How many lines the block has."""
    return block.count(b"\n") + (not block.endswith(b"\n"))


def lines(block: bytes, begin: int, end: int) -> tuple[Places, Values]:
    """The lines from number `begin`, from 0, up to but not including `end`: numbers and texts, without blank ones."""
    breaks = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    if not block.endswith(b"\n"):
        breaks = np.append(breaks, len(block))
    # Only these lines: a reader of JSON takes a text as a whole.
    first = int(breaks[begin - 1]) + 1 if begin else 0
    text = bytearray(b"\n" + block[first : int(breaks[end - 1])])
    ends = breaks[begin:end] - first + 1
    starts = np.concatenate([[1], ends[:-1] + 1])
    data = np.frombuffer(text, np.uint8)
    blank = starts == ends
    letters = data[np.minimum(starts, len(data) - 1)]
    for row in np.flatnonzero(~blank & ((letters <= _BLANK) | (letters == _BOM[0]))):
        blank[row] = not text[starts[row] : ends[row]].strip(_WHITE)
    numbers = np.flatnonzero(~blank)
    return numbers + begin, Values(text, starts[numbers], ends[numbers], np.zeros(len(numbers), np.bool_))
