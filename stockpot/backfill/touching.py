"""Which time of a table a run would write, and what lies there now, by the catalog."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from components.begin_run import plan_dataset, plan_snapshot, plan_stream, plan_versions
from components.begin_run.asked import dataset_asked
from components.begin_run.plan_interval import plan_either
from components.iceberg.catalog import load_table, open_catalog, table_exists, translated
from components.iceberg.coverage import INSTANT, Span
from components.iceberg.cuts import DAY, presumed_cuts
from components.iceberg.receipts import Receipt, presumed, receipts
from components.iceberg.tables import TableDefinition, parse_definition
from components.shell.errors import SupersededError
from components.shell.instants import EPOCH, parse_instant, run_instant
from stockpot.backfill.counting import by_day
from stockpot.local.due import Due, Given, backfill_of, cut_in, ends_of

if TYPE_CHECKING:
    from pyiceberg.table import Table

_REPEATED = "there already, and left as it is"
_ADDED = "rows are added; which, is known once the source is read"
# By what a plan says of its reason.
_WORDS = {
    "first": "filled for the first time",
    "next": "filled next",
    "repeated": _REPEATED,
    "rewritten": "written anew, under another version of the definition",
    "backfilled": "written anew",
    "replaced": "written anew",
    "filled": "filled, with later cuts there already",
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


@dataclass(frozen=True)
class _Beginning:
    """A run that would begin: what its first step is given, its instant, the database's clock, and its table now."""

    given: Given
    at: datetime
    now: datetime
    definition: TableDefinition
    table: "Table | None"

    @property
    def identity(self) -> tuple[str, str, str]:
        """Pipeline, table and version of the definition."""
        return str(self.given["pipeline"]), self.definition.name, str(self.given["version"])

    @property
    def committed(self) -> tuple[Receipt, ...]:
        """The pipeline's receipts in the table."""
        return receipts(self.table, self.identity[0]) if self.table else ()


def touched(due: Due, now: datetime) -> list[Touched]:
    """What a run would write of which that is due, its own table first; `now` is what the database's clock says.

    The plan is made by the functions of the step that begins the run, from what that step would be given. Of tables
    beside it those are included that share the run's time.

    Raises:
        ConfigurationError: the run would refuse its instant or a parameter, or a table cannot be read.
        TransientError: the catalog or the store does not answer.
    """
    given, definition = due.given, parse_definition(due.given["table"])
    at = run_instant(str(given["as_of"]), str(given["scheduled"]))
    try:
        with translated():
            span, words = _PLANS[due.how](_Beginning(given, at, now, definition, _there(definition.name)))
    except SupersededError as error:
        return [Touched(definition.name, error.message)]
    if span is None:
        return [Touched(definition.name, words, days=None)]
    zone = str(given["timezone"]) if given.get("each") == DAY else "UTC"
    tables = [definition, *map(parse_definition, given.get("also") or ())]
    return [Touched(each.name, words, span, by_day(each.name, each.interval_column, span, zone)) for each in tables]


def _there(name: str) -> "Table | None":
    return load_table(open_catalog(), name) if table_exists(name) else None


def _interval(run: _Beginning) -> tuple[Span | None, str]:
    given, committed = run.given, run.committed
    stand_ins = presumed(run.table, run.identity[0]) if run.table else ()
    about = (run.at, run.now, ends_of(given), run.identity)
    plan = plan_either(about, backfill_of(given), committed, committed + stand_ins)
    return (plan.start, plan.end), _WORDS[plan.why]


def _dataset(run: _Beginning) -> tuple[Span | None, str]:
    given = run.given
    origin = {name: str(given[name]) for name in ("source", "source_path", "config", "made_from")}
    dataset = dataset_asked(*run.identity, given["settings"], **origin, inclusive=bool(given["inclusive"]))
    plan = plan_dataset.plan(run.at, run.now, dataset, run.committed)
    words = "the whole table is replaced" if plan.why == "replaced" else _WORDS[plan.why]
    return (plan.start, plan.end), words


def _snapshot(run: _Beginning) -> tuple[Span | None, str]:
    cut, committed = cut_in(run.given, run.at), run.committed
    if run.table:
        column = run.definition.interval_column
        committed += presumed_cuts(run.table, run.identity[0], column, cut, cut + INSTANT)
    plan = plan_snapshot.plan(cut, run.at, run.now, run.identity, int(run.given["generation"]), committed)
    return (cut, cut + INSTANT), _WORDS[plan.why]


def _versions(run: _Beginning) -> tuple[Span | None, str]:
    oldest = timedelta(hours=float(run.given["oldest_hours"]))
    plan = plan_versions.plan(run.at, run.now, oldest, run.identity, run.committed)
    return None, _REPEATED if plan.why == "repeated" else _ADDED


def _stream(run: _Beginning) -> tuple[Span | None, str]:
    since = str(run.given["since"])
    plan_stream.plan(run.at, run.now, run.identity[2], run.committed, parse_instant(since) if since else EPOCH)
    return None, _ADDED


# By how a run begins.
_PLANS: Mapping[str, Callable[[_Beginning], tuple[Span | None, str]]] = {
    "interval": _interval,
    "dataset": _dataset,
    "snapshot": _snapshot,
    "versions": _versions,
    "stream": _stream,
}
