"""Topics as files: a folder per topic with gzipped JSON lines, in the order in which the log took them."""

import gzip
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.files import write_atomically
from components.shell.instants import format_instant
from stockpot.samples.events import TOPICS
from stockpot.samples.stream import ABORTED, Record


def write(groups: Iterable[Sequence[Record]], directory: Path, *, replace: bool = False) -> Mapping[str, int]:
    """How many lines went into `directory/<topic>/part-….jsonl.gz`, by topic. The same records give the same bytes.

    Readers of a log never see what a transaction took back, so an archive does not hold it. Each line that is an
    object says in `known_at` when the log took it.

    Raises:
        ConfigurationError: the directory already holds topics, and `replace` is not set.
    """
    folders = [directory / topic for topic in TOPICS.values()]
    if taken := [folder for folder in folders if folder.exists() and any(folder.iterdir())]:
        if not replace:
            raise ConfigurationError(f"{taken[0]} already holds events", "name another --out, or drop them: --replace")
        for folder in taken:
            shutil.rmtree(folder)
    counts: Counter[str] = Counter()
    for number, group in enumerate(groups):
        for topic, lines in _lines(group).items():
            _write(directory / topic / f"part-{number:05}.jsonl.gz", lines)
            counts[topic] += len(lines)
    return dict(sorted(counts.items()))


def _lines(group: Sequence[Record]) -> dict[str, list[bytes]]:
    lines: dict[str, list[bytes]] = {}
    for record in group:
        if record.outcome != ABORTED:
            lines.setdefault(record.topic, []).append(_line(record))
    return lines


def _line(record: Record) -> bytes:
    value = record.value
    if not value.endswith(b'"}'):
        return value
    known_at = format_instant(datetime.fromtimestamp(record.known_at / 1000, UTC))
    return b'%b, "known_at": "%b"}' % (value[:-1], known_at.encode())


def _write(path: Path, lines: Sequence[bytes]) -> None:
    write_atomically(path, gzip.compress(b"\n".join(lines) + b"\n", compresslevel=1, mtime=0))
