"""Which time a table's receipts cover, and what a backfill may write there.

Runs of the schedule follow each other. A backfill's loads stand anywhere and come in any order, so what counts for them
is who last wrote each stretch of time: version and generation first, then what was known (`as_of`).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from components.shell.instants import EPOCH, format_instant, parse_instant

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from components.iceberg.receipts import Receipt

Span: TypeAlias = tuple[datetime, datetime]
# The length of an interval that holds one instant.
INSTANT = timedelta(microseconds=1)


class Visible(NamedTuple):
    """A receipt and the stretches of its interval that no later load has written again."""

    receipt: "Receipt"
    spans: tuple[Span, ...]


def visible(committed: Sequence["Receipt"]) -> Iterator[Visible]:
    """The receipts, newest first, that still stand for some of the rows."""
    painted: list[Span] = []
    for receipt in committed:
        spans = without([(receipt.interval_start, receipt.interval_end)], painted)
        if spans:
            # Joined, for a year of runs that follow each other is one span to look at.
            painted = joined([*painted, *spans])
            yield Visible(receipt, tuple(spans))


def joined(spans: Iterable[Span]) -> list[Span]:
    """The time of the half-open `spans`, oldest first, in as few of them as it takes."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def without(spans: Sequence[Span], cut: Sequence[Span]) -> list[Span]:
    """What is left of the half-open `spans` where the spans of `cut` are taken out."""
    for start, end in cut:
        spans = [
            part
            for first, last in spans
            for part in ((first, min(last, start)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return list(spans)


def gaps(committed: Sequence["Receipt"], start: datetime, end: datetime) -> list[Span]:
    """The stretches of `[start, end)` that no receipt covers, oldest first."""
    return sorted(without([(start, end)], [(one.interval_start, one.interval_end) for one in committed]))


def overlaps(spans: Sequence[Span], start: datetime, end: datetime) -> bool:
    """Whether any of the spans has an instant in `[start, end)`."""
    return any(first < end and start < last for first, last in spans)


def remembered(table: "Table", pipeline: str) -> tuple[tuple[Span, ...], int]:
    """The gaps that the table's loads left before its last interval's end, and the highest generation among them."""
    text = table.properties.get(_property(pipeline))
    value = json.loads(text) if text else {}
    spans = tuple((parse_instant(start), parse_instant(end)) for start, end in value.get("gaps", ()))
    return spans, int(value.get("generation", 0))


def remember(table: "Table", pipeline: str, committed: Sequence["Receipt"]) -> dict[str, str]:
    """The table property that outlives expired snapshots, for the same commit; empty where it need not change.

    Loads that only ever continued each other leave no gap, and no property. Cuts leave nothing but gaps: which of them
    there are is told by the rows.
    """
    end = max(receipt.interval_end for receipt in committed)
    spans = [] if all(one.is_cut for one in committed) else gaps(committed, EPOCH, end)
    value: dict[str, object] = {"gaps": [[format_instant(first), format_instant(last)] for first, last in spans]}
    value["generation"] = max(receipt.generation for receipt in committed)
    text = json.dumps(value, sort_keys=True)
    known = table.properties.get(_property(pipeline))
    plain = not spans and not value["generation"]
    return {} if text == known or (plain and known is None) else {_property(pipeline): text}


def _property(pipeline: str) -> str:
    return f"stockpot.coverage.{pipeline}"
