"""Facts that became known after their interval was filled: what a run looks at again, and what waits for a backfill.

A run looks at every stretch of time before its own interval for facts that are new since the stretch was last looked
at. What lies within its lookback it brings up to date; what is older it counts, and names in its receipt as late, until
a load with as much knowledge fills that time anew.
"""

import json
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from components.iceberg.coverage import Span, visible, without
from components.shell.instants import EPOCH, format_instant, parse_instant, wall_clock

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.table import Table

    from components.iceberg.receipts import Receipt

LateSpan: TypeAlias = tuple[str, str, int]
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Stretch:
    """A half-open stretch of filled time: what was known at `since` is in its rows, and who filled it.

    `seen` says whether the run that looks again knew of that fill when it was planned.
    """

    start: datetime
    end: datetime
    since: datetime
    version: str
    seen: bool = True


@dataclass(frozen=True)
class Late:
    """Time that late facts wait for: the first and last upload they touch, how many, and who counted them (as_of)."""

    start: datetime
    end: datetime
    images: int
    as_of: datetime

    @property
    def interval(self) -> str:
        """The time for people."""
        return f"[{format_instant(self.start)}, {format_instant(self.end)})"


@dataclass(frozen=True)
class Part:
    """A stretch that a run looks at: facts new since `since` reopen it, or (beyond its lookback) leave it late."""

    start: datetime
    end: datetime
    since: datetime
    reopen: bool


@dataclass(frozen=True)
class Past:
    """What a run was planned from: the key of the newest commit it saw, empty where there was none, and its parts.

    `waits` is the time that late facts wait for already. A step that cannot tell since when it has known a fact, and
    knows only that the table lacks it, names none there: it would name the same ones in each run.
    """

    seen: str = ""
    parts: tuple[Part, ...] = ()
    waits: tuple[Span, ...] = ()

    @property
    def first(self) -> datetime | None:
        """Where the time that may be reopened begins; None where none may."""
        return min((part.start for part in self.parts if part.reopen), default=None)

    def text(self) -> str:
        """The past as JSON."""
        parts = [
            {"from": format_instant(one.start), "to": format_instant(one.end), "since": format_instant(one.since)}
            | {"reopen": one.reopen}
            for one in self.parts
        ]
        waits = [[format_instant(start), format_instant(end)] for start, end in self.waits]
        return json.dumps({"seen": self.seen, "parts": parts, "waits": waits}, indent=2)

    @property
    def unnamed(self) -> list[Span]:
        """The time of the parts that no late facts wait for yet."""
        return without([(part.start, part.end) for part in self.parts], self.waits)


def parse_past(text: str) -> Past:
    """The past that `Past.text` wrote."""
    value: Mapping[str, Any] = json.loads(text)
    parts = (
        Part(parse_instant(one["from"]), parse_instant(one["to"]), parse_instant(one["since"]), one["reopen"])
        for one in value["parts"]
    )
    # A run that began before there was such a thing may be resumed.
    waits = ((parse_instant(start), parse_instant(end)) for start, end in value.get("waits", ()))
    return Past(value["seen"], tuple(parts), tuple(waits))


def look_back(committed: Sequence["Receipt"], load: "Receipt", lookback_start: datetime) -> Past:
    """What the run that plans `load` looks at again, given the receipts, newest first, and stand-ins for expired ones.

    What another version of the definition has filled is never mixed with rows of this one: it is left late.
    """
    seen = next((receipt.run_key for receipt in committed), "")
    parts = [
        Part(start, end, one.since, reopen and one.version == load.version)
        for one in stretches(committed, replace(load, seen=seen))
        for start, end, reopen in _cut(one, lookback_start)
    ]
    return Past(seen, tuple(_joined(sorted(parts, key=lambda part: part.start))))


def reopenable(committed: Sequence["Receipt"], load: "Receipt") -> list[Span]:
    """The time before the interval of `load` in which it may bring rows up to date: others may have been faster.

    It was filled when the run was planned, under the same version, and nobody has looked at it with as much known.
    """
    return [(one.start, one.end) for one in stretches(committed, load) if one.seen and one.version == load.version]


def stretches(committed: Sequence["Receipt"], load: "Receipt") -> Iterator[Stretch]:
    """The filled stretches before the interval of `load` whose rows know less than its `as_of`.

    `committed` holds receipts, newest first. A receipt's rows know what was known at its own `as_of`, or at that of a
    later run whose plan saw it and which looked at the time before its own interval.
    """
    position = {receipt.run_key: number for number, receipt in reversed(list(enumerate(committed))) if receipt.run_key}
    number_of = {id(receipt): number for number, receipt in enumerate(committed)}
    # Whom a look concerns: what was committed before the looker, and seen by its plan. Older receipts are among them.
    looks = deque(sorted(
        (max(position[one.seen], number + 1), one.interval_start, one.as_of)
        for number, one in enumerate(committed) if one.seen in position
    ))  # fmt: skip
    seen_from = position.get(load.seen, len(committed)) if load.seen else len(committed)
    looked = _Looked()
    for receipt, spans in visible(committed):
        number = number_of[id(receipt)]
        while looks and looks[0][0] <= number:
            looked.add(*looks.popleft()[1:])
        for start, end in without(spans, [(load.interval_start, datetime.max.replace(tzinfo=load.as_of.tzinfo))]):
            for first, last, since in looked.known(start, end, receipt.as_of):
                if since < load.as_of:
                    yield Stretch(first, last, since, receipt.version, seen=number >= seen_from)


class _Looked:
    """Runs that looked at all time before their interval: where that began, and what they knew.

    Kept are those of whom none looked further and knew as much: their starts ascend, and what they knew descends.
    """

    def __init__(self) -> None:
        self._starts: list[datetime] = []
        self._as_of: list[datetime] = []

    def add(self, start: datetime, as_of: datetime) -> None:
        """Take in a run whose interval begins at `start`."""
        index = bisect_left(self._starts, start)
        if index < len(self._starts) and self._as_of[index] >= as_of:
            return
        first, past = index, index + (self._starts[index : index + 1] == [start])
        while first and self._as_of[first - 1] <= as_of:
            first -= 1
        self._starts[first:past], self._as_of[first:past] = [start], [as_of]

    def known(self, start: datetime, end: datetime, as_of: datetime) -> Iterator[tuple[datetime, datetime, datetime]]:
        """`[start, end)` cut where these runs began, each piece with what was known at the last look, or `as_of`."""
        between = self._starts[bisect_right(self._starts, start) : bisect_left(self._starts, end)]
        for first, last in pairwise([start, *between, end]):
            index = bisect_left(self._starts, last)
            yield first, last, max([as_of, *self._as_of[index : index + 1]])


def _cut(one: Stretch, at: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    if one.start < at:
        yield one.start, min(one.end, at), False
    if one.end > at:
        yield max(one.start, at), one.end, True


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, oldest first, those that join and say the same as one."""
    waiting: Part | None = None
    for part in parts:
        if waiting and (waiting.end, waiting.since, waiting.reopen) == (part.start, part.since, part.reopen):
            waiting = replace(waiting, end=part.end)
            continue
        if waiting:
            yield waiting
        waiting = part
    if waiting:
        yield waiting


def by_day(uploads: "pa.ChunkedArray", as_of: datetime = EPOCH) -> list[Late]:
    """The time of these uploads (in UTC), one stretch for each day that has any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    instants = uploads.cast(pa.timestamp("us", "UTC"))
    rows = pa.table({"day": pc.floor_temporal(wall_clock(instants), unit="day"), "at": instants})
    days = rows.group_by("day").aggregate([("at", "min"), ("at", "max"), ("at", "count")]).sort_by("day")
    return [
        Late(one["at_min"].astimezone(UTC), one["at_max"].astimezone(UTC) + _INSTANT, one["at_count"], as_of)
        for one in days.to_pylist()
    ]


def late_text(late: Sequence[Late]) -> str:
    """Late time as a receipt holds it: JSON, empty where there is none."""
    return (
        json.dumps([[format_instant(one.start), format_instant(one.end), one.images] for one in late]) if late else ""
    )


def spans(text: str) -> list[LateSpan]:
    """What `late_text` wrote: start, end and number of images of each stretch."""
    return [(start, end, images) for start, end, images in json.loads(text)] if text else []


def late_in(receipt: "Receipt") -> list[Late]:
    """The late time that a receipt names."""
    entries = spans(receipt.late)
    return [Late(parse_instant(start), parse_instant(end), images, receipt.as_of) for start, end, images in entries]


def waiting(committed: Sequence["Receipt"], before: Sequence[Late] = ()) -> list[Late]:
    """The late time that no load has filled since with as much known, oldest first.

    Time that was counted again stands there once: it waits for what the last of its counts knew.

    Args:
        committed: The receipts, newest first.
        before: What waited before the oldest of them.
    """
    late = list(before)
    for receipt in reversed(committed):
        late = [part for one in late for part in _unfilled(one, receipt)] + late_in(receipt)
    return sorted(_once(late), key=lambda one: (one.start, one.end))


def _unfilled(one: Late, receipt: "Receipt") -> Sequence[Late]:
    """What of late time a load leaves waiting: all where it lies elsewhere, as that of most loads does."""
    start, end = receipt.interval_start, receipt.interval_end
    if one.end <= start or end <= one.start or receipt.as_of < one.as_of:
        return (one,)
    return [replace(one, start=first, end=last) for first, last in without([(one.start, one.end)], [(start, end)])]


def _once(late: Iterable[Late]) -> Iterable[Late]:
    """Of several counts of the same time one, with the most that was counted, and the most that was known."""
    latest: dict[Span, Late] = {}
    for one in late:
        known = latest.get((one.start, one.end), one)
        most = replace(one, images=max(one.images, known.images), as_of=max(one.as_of, known.as_of))
        latest[one.start, one.end] = most
    return latest.values()


def kept(table: "Table", pipeline: str) -> list[Late]:
    """What waited when the table's last load was committed, which outlives expired snapshots."""
    text = table.properties.get(_property(pipeline))
    return [
        Late(parse_instant(start), parse_instant(end), images, parse_instant(as_of))
        for start, end, images, as_of in (json.loads(text) if text else [])
    ]


def keep(table: "Table", pipeline: str, late: Sequence[Late]) -> dict[str, str]:
    """The table property that outlives expired snapshots, for the same commit; empty where it need not change."""
    value = [
        [format_instant(one.start), format_instant(one.end), one.images, format_instant(one.as_of)] for one in late
    ]
    text, known = json.dumps(value), table.properties.get(_property(pipeline))
    return {} if text == known or (not value and known is None) else {_property(pipeline): text}


def _property(pipeline: str) -> str:
    return f"stockpot.late.{pipeline}"
