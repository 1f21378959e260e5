"""The intervals of a pipeline's schedule, how each stands, and which of them a backfill runs."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from heapq import heappop, heappush
from itertools import islice
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from croniter import croniter

from components.iceberg.coverage import INSTANT, Span, joined, overlaps, visible, without
from components.iceberg.ends import Ends
from components.iceberg.lateness import Late
from components.iceberg.receipts import Receipt
from components.shell.counts import counted
from components.shell.instants import format_instant
from stockpot.backfill.reprocess import Reprocess
from stockpot.definition import Schedule

T = TypeVar("T")


class State(StrEnum):
    """How an interval stands: in the table, so but for late facts, nobody tried, tried in vain, and so on.

    The rest are: being tried, not yet due, or passed by a stream.
    """

    DONE = "done"
    LATE = "late"
    MISSING = "missing"
    FAILED = "failed"
    RUNNING = "running"
    NOT_DUE = "not due"
    PASSED = "passed"


@dataclass(frozen=True)
class Attempt:
    """What `etl_runs` says of a run: its interval, how it stands, and why it failed."""

    start: datetime
    end: datetime
    status: str
    run_id: str
    reason: str = ""


@dataclass(frozen=True)
class Interval:
    """A half-open interval, the instant of the run that fills it, how it stands, and the generation of a new try.

    The instant is that of the tick that ends the interval, or a later one where late facts wait for it.
    `note` says which run it was that stands for the state. `rows` counts what the table holds of it now, and
    `source_rows` what the source does; None where nobody has counted.
    """

    start: datetime
    end: datetime
    as_of: datetime
    state: State
    generation: int = 1
    note: str = ""
    rows: int | None = None
    source_rows: int | None = None

    @property
    def span(self) -> str:
        """The interval for people; of a cut its instant."""
        if self.until == self.start:
            return format_instant(self.start)
        return f"[{format_instant(self.start)}, {format_instant(self.end)})"

    @property
    def until(self) -> datetime:
        """The end for people; of a cut its instant."""
        return self.start if self.end - self.start == INSTANT else self.end

    @property
    def described(self) -> dict[str, Any]:
        """The interval as JSON."""
        instants = {"from": self.start, "to": self.end, "as_of": self.as_of}
        counts = {"rows": self.rows, "source_rows": self.source_rows}
        times = {name: format_instant(at) for name, at in instants.items()}
        return {**times, "state": self.state, "by": self.note, **counts}


_COUNTED = 2000
_ALSO = {
    Reprocess.NONE: {State.MISSING},
    Reprocess.FAILED: {State.MISSING, State.FAILED, State.RUNNING},
    Reprocess.LATE: {State.MISSING, State.LATE},
    Reprocess.ALL: {State.MISSING, State.FAILED, State.RUNNING, State.LATE, State.DONE},
}


@dataclass(frozen=True)
class Past:
    """What is known of a pipeline's runs: receipts and attempts, newest first, and the time that late facts wait for.

    A stream goes forward only: behind `passed`, the instant of its last run, nothing can be filled any more.
    """

    committed: Sequence[Receipt]
    attempts: Sequence[Attempt] = ()
    passed: datetime | None = None
    late: Sequence[Late] = ()


def intervals(schedule: Schedule, ends: Ends, bounds: Span, past: Past, now: datetime) -> list[Interval]:
    """The schedule's intervals that overlap `bounds`, oldest first, cut where what is done meets what is not.

    Each ends where a tick of the schedule has it end, and begins where the one before it ends.
    """
    stretches = list(_stretches(schedule, ends, bounds, past.committed))
    near = _near(past, [span for span, _, _ in stretches])
    return [
        _interval(span, as_of, known, now, open_=open_)
        for (span, as_of, open_), known in zip(stretches, near, strict=True)
    ]


def cuts(
    schedule: Schedule, cut_of: Callable[[datetime], datetime], bounds: Span, past: Past, now: datetime
) -> list[Interval]:
    """The cuts of the schedule's ticks that lie in `bounds`, oldest first, each with the last tick there was for it."""
    ticks: dict[datetime, datetime] = {}
    for tick in _ticks(schedule, bounds[0]):
        if (cut := cut_of(tick)) >= bounds[1]:
            break
        if cut >= bounds[0] and (tick <= now or cut not in ticks):
            ticks[cut] = tick
    committed: dict[datetime, list[Receipt]] = {}
    for receipt in past.committed:
        committed.setdefault(receipt.interval_start, []).append(receipt)
    tries = _last_tries([(cut, cut + INSTANT) for cut in ticks], past.attempts)
    return [
        _interval((cut, cut + INSTANT), tick, replace(past, committed=there, attempts=tried), now, open_=not there)
        for (cut, tick), tried in zip(ticks.items(), tries, strict=True)
        for there in [committed.get(cut, [])]
    ]


def about_how_many(schedule: Schedule, ends: Ends, bounds: Span) -> int:
    """How many intervals overlap `bounds`: counted where they are few, else as many as the first ones let expect."""
    first = [span for span, _ in islice(_between_ticks(schedule, ends, bounds), _COUNTED)]
    if len(first) < _COUNTED:
        return len(first)
    return round(_COUNTED * ((bounds[1] - first[0][0]) / (first[-1][1] - first[0][0])))


def chosen(intervals: Sequence[Interval], reprocess: Reprocess) -> list[Interval]:
    """Those that a backfill runs, oldest first."""
    return [one for one in intervals if one.state in _ALSO[reprocess]]


def _between_ticks(schedule: Schedule, ends: Ends, bounds: Span) -> Iterator[tuple[Span, datetime]]:
    """The intervals that overlap `bounds`, each with the tick that ends it."""
    first, last = bounds
    ticks = croniter(schedule.cron, ends.from_when(first).astimezone(ZoneInfo(schedule.timezone)), ret_type=datetime)
    start = ends.whole_end(ticks.get_prev().astimezone(UTC))
    # Where several ticks would end an interval at the same midnight, the first that does.
    while start < last:
        tick = ticks.get_next().astimezone(UTC)
        end = ends.whole_end(tick)
        if end > start:
            if end > first:
                yield (start, end), tick
            start = end


def _stretches(
    schedule: Schedule, ends: Ends, bounds: Span, committed: Sequence[Receipt]
) -> Iterator[tuple[Span, datetime, bool]]:
    """The intervals, cut where what is done meets what is not: each with its run's instant, and whether it is open."""
    ticks = list(_between_ticks(schedule, ends, bounds))
    covered = joined((one.interval_start, one.interval_end) for one in committed)
    filled = _over([span for span, _ in ticks], [(span, span) for span in covered])
    for ((start, end), tick), there in zip(ticks, filled, strict=True):
        missing = without([(start, end)], there)
        for span in sorted([*missing, *without([(start, end)], missing)]):
            yield span, tick if ends.of_days else span[1] + ends.label_delay, span in missing


def _ticks(schedule: Schedule, first: datetime) -> Iterator[datetime]:
    """The ticks from one instant on, in UTC."""
    before = (first - INSTANT).astimezone(ZoneInfo(schedule.timezone))
    ticks = croniter(schedule.cron, before, ret_type=datetime)
    while True:
        yield ticks.get_next().astimezone(UTC)


def _near(past: Past, spans: Sequence[Span]) -> Iterator[Past]:
    """What is known of each of the spans, which are disjoint and oldest first.

    That is the loads that stand for rows of it, the last try, and the late facts that wait for it. A year has thousands
    of each, so that nobody looks at all of them for each interval.
    """
    there = _over(spans, [(part, receipt) for receipt, parts in visible(past.committed) for part in parts])
    late = _over(spans, [((one.start, one.end), one) for one in past.late])
    for receipts, tried, waiting in zip(there, _last_tries(spans, past.attempts), late, strict=True):
        # A load may stand for several parts of a span.
        yield Past(list(dict.fromkeys(receipts)), tried, past.passed, waiting)


def _over(spans: Sequence[Span], placed: Iterable[tuple[Span, T]]) -> Iterator[list[T]]:
    """What overlaps each of the spans, which are disjoint and oldest first; in the order in which it is placed."""
    waiting = deque(sorted(enumerate(placed), key=lambda each: each[1][0]))
    begun: list[tuple[int, tuple[Span, T]]] = []
    for start, end in spans:
        while waiting and waiting[0][1][0][0] < end:
            begun.append(waiting.popleft())
        begun = [each for each in begun if each[1][0][1] > start]
        yield [item for _, (_, item) in sorted(begun, key=lambda each: each[0])]


def _last_tries(spans: Sequence[Span], attempts: Sequence[Attempt]) -> Iterator[list[Attempt]]:
    """The newest attempt that overlaps each of the spans, which are disjoint and oldest first; none where none does.

    Of a table that nobody could fill for a year each attempt overlaps all intervals before it.
    """
    waiting = deque(sorted(enumerate(attempts), key=lambda each: each[1].start))
    begun: list[tuple[int, Attempt]] = []
    for start, end in spans:
        while waiting and waiting[0][1].start < end:
            heappush(begun, waiting.popleft())
        while begun and begun[0][1].end <= start:
            heappop(begun)
        yield [attempt for _, attempt in begun[:1]]


def _interval(span: Span, as_of: datetime, past: Past, now: datetime, *, open_: bool) -> Interval:
    start, end = span
    if as_of > now:
        # Also where somebody has filled it before its tick.
        return Interval(start, end, as_of, State.NOT_DUE)
    if not open_:
        there = [one.receipt for one in visible(past.committed) if overlaps(one.spans, start, end)]
        generation = max((max(receipt.generation, 1) for receipt in there), default=0) + 1
        done = Interval(start, end, as_of, State.DONE, generation, _committed(there))
        return _late(done, [one for one in past.late if overlaps([(one.start, one.end)], start, end)])
    if past.passed is not None and as_of <= past.passed:
        return Interval(start, end, as_of, State.PASSED)
    tried = next((one for one in past.attempts if overlaps([(one.start, one.end)], start, end)), None)
    if tried is None or tried.status == "succeeded":
        return Interval(start, end, as_of, State.MISSING)
    state = State.RUNNING if tried.status == "running" else State.FAILED
    return Interval(start, end, as_of, state, note=f"{tried.run_id} {tried.reason}".strip())


def _late(done: Interval, late: Sequence[Late]) -> Interval:
    """The interval as it is but for late facts, run with what was known when the last of them was counted."""
    if not late:
        return done
    as_of = max([done.as_of, *(one.as_of for one in late)])
    images = sum(one.images for one in late)
    note = f"facts on {counted(images, 'row')}, known by {format_instant(as_of)}; {done.note}"
    return replace(done, state=State.LATE, as_of=as_of, note=note)


def _committed(there: Sequence[Receipt]) -> str:
    rows = sum(receipt.rows for receipt in there)
    snapshots = ", ".join(str(receipt.snapshot_id) for receipt in there if receipt.snapshot_id)
    return f"{counted(rows, 'row')}, snapshot {snapshots}" if snapshots else "its snapshot has expired"
