"""Which time of a table a run would write, and what lies there now, as the catalog tells it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from components.begin_run.plan_interval import Backfill, plan, plan_backfill
from components.iceberg.catalog import load_table, open_catalog, table_exists, translated
from components.iceberg.coverage import INSTANT, Span
from components.iceberg.cuts import DAY
from components.iceberg.receipts import presumed, receipts
from components.shell.errors import SupersededError
from components.shell.instants import EPOCH, parse_instant
from stockpot.backfill.counting import by_day
from stockpot.modes import FullRefresh, IncrementalByTime, Snapshot

if TYPE_CHECKING:
    from components.iceberg.receipts import Receipt
    from stockpot.dataset import Dataset

_WORDS = {
    "first": "filled for the first time",
    "next": "filled next",
    "repeated": "there already, and left as it is",
    "rewritten": "written anew, under another version of the definition",
    "backfilled": "written anew",
}


@dataclass(frozen=True)
class Touched:
    """A table that a run would write, what it would do with which time, and the rows there now.

    Attributes:
        table: The table's name.
        words: What becomes of it.
        span: The half-open time that is written; None where rows are added, or nothing is written.
        days: The rows by day, of days that have some; None where that is not counted.
    """

    table: str
    words: str
    span: Span | None = None
    days: Mapping[date, int] | None = field(default_factory=dict)

    @property
    def rows(self) -> int | None:
        """The rows that lie in that time now; None where they are not counted."""
        return None if self.days is None else sum(self.days.values())


def touched(dataset: "Dataset", as_of: datetime, now: datetime, given: Mapping[str, Any]) -> list[Touched]:
    """What a run of the dataset at `as_of` that is `given` these parameters would write, its own table first.

    Of tables beside it those are told that share the run's time.

    Raises:
        ConfigurationError: `as_of` or a parameter does not fit, or a table cannot be read.
        TransientError: the catalog or the store does not answer.
    """
    try:
        span, words, zone = _written(dataset, as_of, now, given)
    except SupersededError as error:
        return [Touched(dataset.table_name, error.message)]
    if span is None:
        return [Touched(dataset.table_name, words, days=None)]
    return [Touched(name, words, span, by_day(name, column, span, zone)) for name, column in _tables(dataset)]


def _tables(dataset: "Dataset") -> Iterator[tuple[str, str]]:
    """The tables that share a run's time, each with its column of time."""
    beside = (each.table for each in dataset.also if each.mode is None)
    return ((table.name, table.interval_column) for table in (dataset.table, *beside))


def _written(
    dataset: "Dataset", as_of: datetime, now: datetime, given: Mapping[str, Any]
) -> tuple[Span | None, str, str]:
    """The time that a run writes (None: it adds rows), what becomes of it, and the zone of its days."""
    mode = dataset.mode
    if isinstance(mode, IncrementalByTime):
        span, words = _interval(dataset, mode, as_of, now, given)
        return span, words, str(given.get("timezone", mode.timezone)) if mode.each == DAY else "UTC"
    if isinstance(mode, Snapshot):
        cut = mode.cut(parse_instant(str(given["cut"])) if given.get("cut") else as_of, given)
        return (cut, cut + INSTANT), "the cut that is filled, or left as it is where it is there already", "UTC"
    if isinstance(mode, FullRefresh):
        whole = (EPOCH, as_of + INSTANT)
        return whole, "the whole table is replaced, unless it holds the same already", "UTC"
    return None, "rows are added; which, is known once the source is read", "UTC"


def _interval(
    dataset: "Dataset", mode: IncrementalByTime, as_of: datetime, now: datetime, given: Mapping[str, Any]
) -> tuple[Span, str]:
    """The interval that `begin-run` would resolve, given what is committed."""
    committed, everything = _committed(dataset)
    identity = (dataset.name, dataset.table_name, dataset.version)
    ends, by_days = mode.ends(given), dataset.table.by_days
    if start := given.get("backfill_from"):
        end = parse_instant(str(given["backfill_to"])) if given.get("backfill_to") else None
        asked = Backfill(parse_instant(str(start)), int(given.get("generation", 1)), end)
        found = plan_backfill(as_of, now, ends, identity, asked, everything, by_days=by_days)
    else:
        found = plan(as_of, now, ends, identity, committed, by_days=by_days)
    return (found.start, found.end), _WORDS[found.why]


def _committed(dataset: "Dataset") -> tuple[tuple["Receipt", ...], tuple["Receipt", ...]]:
    """The receipts of the dataset's runs; and with them stand-ins for those that have expired."""
    if not table_exists(dataset.table_name):
        return (), ()
    with translated():
        table = load_table(open_catalog(), dataset.table_name)
        found = receipts(table, dataset.name)
        return found, found + presumed(table, dataset.name)
