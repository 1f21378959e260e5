"""From which tables, in which state, a run has made which snapshots of which tables."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.pages.model import Lineage, Origin
from components.shell import spans
from components.shell.counts import counted
from stockpot.local.records import TaskRecord

# An archive has a partition for each of its files.
_FEW = 100


def lineage(steps: Sequence[TaskRecord], receipt: Mapping[str, Any]) -> Lineage:
    """The tables in the steps' summaries that were read and written, and the topics in the receipt."""
    origins = list(dict.fromkeys([*(each for step in steps for each in _read(step)), *_topics(receipt)]))
    return Lineage(origins, [each for step in steps for each in _written(step)])


def _read(step: TaskRecord) -> Iterator[Origin]:
    """Tables that were copied from a source in one state of it, or read in a snapshot."""
    details = step.details
    source, tables = details.get("source"), details.get("tables")
    if isinstance(source, Mapping) and isinstance(tables, Mapping):
        state = _state(source)
        for name, counts in tables.items():
            yield Origin(str(name), state, _number(counts.get("rows")) if isinstance(counts, Mapping) else None)
    elif isinstance(source, str) and details.get("snapshot_id"):
        yield Origin(source, f"snapshot {details['snapshot_id']}", step.rows_in)
    elif "receipt" not in step.artifacts and "table" in details and details.get("snapshot_id"):
        yield Origin(str(details["table"]), f"snapshot {details['snapshot_id']}", step.rows_in)


def _number(rows: Any) -> int | None:
    """How many rows a table has; None where that is no number."""
    return rows if isinstance(rows, int) else None


def _state(source: Mapping[str, Any]) -> str:
    """When and in which state a source was read, as far as it is known."""
    fields = (("", "place"), ("LSN ", "lsn"), ("at ", "taken_at"))
    return ", ".join(f"{word}{source[name]}" for word, name in fields if source.get(name))


def _topics(receipt: Mapping[str, Any]) -> Iterator[Origin]:
    """The records of topics that a commit has taken, by their offsets."""
    try:
        offsets = json.loads(receipt.get("stockpot.offsets") or "{}")
        for topic, text in offsets.items():
            ranges = spans.read(text)
            state = ", ".join(f"{number}: [{start}, {end})" for number, (start, end) in ranges.items())
            if len(ranges) > _FEW:
                state = f"of {counted(len(ranges), 'partition')}"
            taken = sum(end - start for start, end in ranges.values())
            yield Origin(str(topic), f"offsets {state}", taken)
    except (ValueError, TypeError, KeyError, AttributeError):
        return


def _written(step: TaskRecord) -> Iterator[Origin]:
    """The tables that a step has committed, or found committed, each with its snapshot."""
    details = step.details
    if "receipt" not in step.artifacts or "table" not in details:
        return
    snapshots, rows = details.get("snapshots"), details.get("rows")
    if not isinstance(snapshots, Mapping) or not snapshots:
        snapshots = {details["table"]: details.get("snapshot_id")}
    for table, snapshot in snapshots.items():
        # It is 0 of a table that has none yet.
        if str(snapshot or 0) != "0":
            number = _number(rows.get(table)) if isinstance(rows, Mapping) else step.rows_out
            yield Origin(f"{table}@{snapshot}", "as before" if details.get("already_done") else "committed", number)
