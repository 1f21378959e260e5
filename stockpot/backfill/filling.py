"""Which intervals a pipeline has, and with which arguments a run fills one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from components.iceberg.coverage import Span
from components.iceberg.ends import Ends
from components.iceberg.receipts import newest
from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH, format_instant, parse_instant
from stockpot.backfill.intervals import Interval, State, about_how_many, cuts, intervals
from stockpot.backfill.past import Cuts, past
from stockpot.backfill.reprocess import Reprocess
from stockpot.definition import Definition, Schedule
from stockpot.modes import AppendStream, FullRefresh, IncrementalByTime, Snapshot, Versioned

if TYPE_CHECKING:
    from stockpot.dataset import Dataset

_NOTHING: Mapping[str, str] = MappingProxyType({})
# The option of a step, and so a parameter, by which a run of a stream makes all anew that follows from its events.
_ANEW = "anew"
# The parameters that a backfill sets for its runs, by load mode.
_OWN: Mapping[type, frozenset[str]] = {
    IncrementalByTime: frozenset({"backfill_from", "backfill_to", "generation"}),
    Snapshot: frozenset({"cut", "generation"}),
    AppendStream: frozenset({"since", "until"}),
}


@dataclass(frozen=True)
class Filling:
    """A pipeline that fills a table bit by bit, by a schedule."""

    name: str
    schedule: Schedule
    dataset: "Dataset"
    given: Mapping[str, str] = field(default_factory=dict)

    def cut(self, tick: datetime) -> datetime:
        """The cut that the run at a tick fills, where runs fill cuts."""
        mode = self.dataset.mode
        return mode.cut(tick, self.given) if isinstance(mode, Snapshot) else tick

    @property
    def ends(self) -> Ends:
        """Where the intervals of runs end, where runs fill intervals."""
        mode = self.dataset.mode
        ends = mode.ends(self.given) if isinstance(mode, IncrementalByTime) else Ends()
        return replace(ends, by_days=self.dataset.table.by_days)


def filling(
    definition: Definition | None, reprocess: Reprocess, at_once: int, given: Mapping[str, str] = _NOTHING
) -> Filling:
    """How the pipeline fills its table, if its runs are `given` these parameters.

    Raises:
        ConfigurationError: it does not do so by intervals, or not in the way that is asked for; or a parameter is one
            that a backfill sets itself.
    """
    if definition is None or definition.schedule is None or definition.dataset is None:
        raise ConfigurationError(
            f"{definition.name if definition else 'a compiled plan'} declares no schedule and table to fill",
            "name one of `stockpot list` that has a schedule",
        )
    name, dataset = definition.name, definition.dataset
    if isinstance(dataset.mode, FullRefresh):
        raise ConfigurationError(
            f"every run of {name} replaces the whole of {dataset.table_name}: there are no intervals to fill",
            f"stockpot run {name} --as-of INSTANT",
        )
    if isinstance(dataset.mode, Versioned):
        raise ConfigurationError(
            f"what {dataset.table_name} would have kept at a tick that has passed cannot be known afterwards",
            f"stockpot run {name} keeps what there is now; its first version of a key begins as early as the mode says",
        )
    if isinstance(dataset.mode, AppendStream):
        _refuse_of_streams(definition, reprocess, at_once)
    if isinstance(dataset.mode, Snapshot) and reprocess is Reprocess.LATE:
        raise ConfigurationError(
            f"each cut of {dataset.table_name} holds what was known at its tick: no late facts wait for it",
            f"stockpot run {name} --as-of INSTANT --param cut=INSTANT replaces a cut by what was known later",
        )
    if own := next((word for word in given if word in _OWN.get(type(dataset.mode), ())), ""):
        raise ConfigurationError(f"--param {own} is what a backfill sets for each of its runs", f"leave out {own}")
    return Filling(name, definition.schedule, dataset, given)


def _refuse_of_streams(definition: Definition, reprocess: Reprocess, at_once: int) -> None:
    name = definition.name
    if at_once > 1:
        raise ConfigurationError(f"each run of {name} goes on where the last one ended", "leave out --max-parallel")
    if reprocess is Reprocess.ALL:
        has_anew = _ANEW in definition.function.component_spec.inputs  # type: ignore[attr-defined]  # KFP's decorator gives a function these
        todo = f"stockpot run {name} --param {_ANEW}=true makes anew all that follows from them"
        raise ConfigurationError(
            f"runs of {name} land no events a second time", todo if has_anew else "leave out --reprocess all"
        )


def intervals_of(one: Filling, bounds: Span, now: datetime) -> list[Interval]:
    """The pipeline's intervals that overlap `bounds`, oldest first, with how the catalog says that they stand."""
    if isinstance(one.dataset.mode, Snapshot):
        known = past(one.name, one.dataset.table_name, Cuts(one.dataset.time, bounds))
        return cuts(one.schedule, one.cut, bounds, known, now)
    known = past(one.name, one.dataset.table_name)
    last = newest(known.committed)
    if isinstance(one.dataset.mode, AppendStream) and last is not None:
        known = replace(known, passed=last.as_of)
    return intervals(one.schedule, one.ends, bounds, known, now)


def bounds(begin: str, end: str, now: datetime) -> Span:
    """The time to fill; up to now where no end is given, or a later one, and from 1970 on, before which no run begins.

    Raises:
        ConfigurationError: one is no instant, the end is not after the begin, or both lie before 1970 or in the future.
    """
    first, last = parse_instant(begin), parse_instant(end) if end else now
    if first >= last:
        raise ConfigurationError(f"--to {format_instant(last)} is not after --from {begin}", "swap the two")
    span = max(first, EPOCH), min(last, now)
    if span[0] >= span[1]:
        raise ConfigurationError(
            f"there is nothing to fill from {format_instant(first)} to {format_instant(last)}",
            f"name a time between 1970 and now, {format_instant(now)}",
        )
    return span


def refuse_many(one: Filling, span: Span, most: int, agreed: Callable[[str], bool]) -> None:
    """Nothing, if the time has at most so many intervals, or somebody has `agreed` to that number.

    Raises:
        ConfigurationError: it has more, and nobody has.
    """
    count = about_how_many(one.schedule, one.ends, span)
    message = (
        f"{one.name} has about {counted(count, 'interval')} from {format_instant(span[0])} to {format_instant(span[1])}"
    )
    if count > most and not agreed(message):
        raise ConfigurationError(message, "give a later --from, or say --yes; --dry-run shows what would run")


def arguments(one: Filling, interval: Interval, given: Mapping[str, str]) -> list[str]:
    """The arguments of a run that fills the interval: its instant and parameters, `given` as `--param` reads them."""
    own = {}
    if isinstance(one.dataset.mode, IncrementalByTime):
        own = {"backfill_from": format_instant(interval.start), "generation": str(interval.generation)}
        if interval.state is State.LATE or one.ends.of_days:
            own["backfill_to"] = format_instant(interval.end)
    elif isinstance(one.dataset.mode, Snapshot):
        own = {"generation": str(interval.generation)}
    elif "events_dir" not in given:
        own = {"since": format_instant(interval.start), "until": format_instant(interval.as_of)}
    parameters = [f"{name}={value}" for name, value in {**given, **own}.items()]
    return ["--as-of", format_instant(interval.as_of), *(part for text in parameters for part in ("--param", text))]
