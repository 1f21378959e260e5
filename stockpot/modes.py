"""How the runs of a dataset share its table: the load modes, and the parameters that each gives a run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from components.iceberg.cuts import DAY, RUN, cut_of
from components.iceberg.ends import Ends
from components.iceberg.versions import NAMES, VERSION_COLUMNS
from components.shell.counts import worded
from components.shell.errors import ConfigurationError
from components.shell.instants import is_utc, zone_of
from components.shell.schema import Table
from components.shell.schema.written import near

# The types of columns that say since when something has been there.
_INSTANTS = ("timestamptz", "timestamp", "date")
_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)


@dataclass(frozen=True)
class Parameter:
    """A parameter that all pipelines of a kind have; its default tells its type, the text what it is for."""

    name: str
    default: str | float | dict[str, Any] | list[Any]
    text: str


AS_OF = Parameter(
    "as_of",
    "",
    "Instant of the run, ISO 8601 with offset; the scheduled time of a cron run, else the run's creation time.",
)

# What the steps that submit a workflow call it, and how the parameters end that say it of the one that follows a run.
FOLLOWING = {"workflow_template": "template", "parameters": "parameters", "namespace": "namespace"}


def following(name: str) -> tuple[Parameter, ...]:
    """The parameters of a run about the workflow of that name which may follow it."""
    return (
        Parameter(f"{name}_template", "", "Name of an Argo WorkflowTemplate to submit afterwards; empty means none."),
        Parameter(f"{name}_parameters", {}, "Parameters for that template, beside those that the run gives it."),
        Parameter(f"{name}_namespace", "", "Namespace of that template; empty means the run's own."),
    )


@dataclass(frozen=True)
class IncrementalByTime:
    """Each run fills the time from the tick before to its own, both less the label delay: what a label takes to settle.

    What becomes known late of rows within the `lookback` before a run's interval is taken in by that run. That needs a
    step which names it by its output `touched`, and a table that says by its `late` what may change.

    Where there is an interval for `each` day, it is made of local days of the run's `timezone`, a parameter of the
    pipeline with this default, and ends with the last day that is over. Such a run fills the last `late_days` anew, and
    where it goes by `whole_weeks`, all days from a Monday on: what changes with a late fact need not be said then.
    """

    label_delay: timedelta = timedelta()
    lookback: timedelta = timedelta()
    each: str = RUN
    timezone: str = "UTC"
    late_days: int = 0
    whole_weeks: bool = False

    def __post_init__(self) -> None:
        """Refuse what no run can take: a time that is negative, or in parts of its unit; and what makes no sense.

        Raises:
            ValueError: one of them is.
            ConfigurationError: there is no such `each` or zone, or both ways are used at once.
        """
        if min(self.label_delay, self.lookback) < timedelta() or self.lookback % _HOUR or self.label_delay % _SECOND:
            raise ValueError(f"{self} needs a label delay in whole seconds and a lookback in whole hours, zero or more")
        _refuse_other(self.each, type(self).__name__)
        zone_of(self.timezone)
        if self.each == RUN and (self.late_days or self.whole_weeks):
            raise ConfigurationError("late_days and whole_weeks are of runs that fill days", "write each='day'")
        if self.each == DAY and self.lookback:
            raise ConfigurationError(
                "a run that fills days anew has no lookback", "write late_days in place of lookback"
            )
        if self.late_days < 0:
            raise ConfigurationError(f"late_days is {self.late_days}", "give zero or more")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run beside its instant."""
        hours = self.label_delay / _HOUR
        return (
            *(self._of_days if self.each == DAY else self._of_instants),
            Parameter(
                "backfill_from",
                "",
                "Set by `stockpot backfill`: where the interval starts; empty means where the last one ended.",
            ),
            Parameter(
                "backfill_to",
                "",
                "Set by `stockpot backfill`: where it ends; empty means the label delay,"
                f" {hours:g} {worded(hours, 'hour')}, before `as_of`.",
            ),
            Parameter("generation", 0, "Set by `stockpot backfill`: 1, or more to compute committed rows anew."),
        )

    @property
    def _of_instants(self) -> tuple[Parameter, ...]:
        return (
            Parameter(
                "lookback_hours",
                self.lookback // _HOUR,
                "How far before the interval rows are brought up to date with facts that became known late; what is"
                " older is counted and left to `stockpot backfill --reprocess late`.",
            ),
        )

    @property
    def _of_days(self) -> tuple[Parameter, ...]:
        return (
            _daily(self.timezone, "Zone whose days are filled, such as Europe/Berlin."),
            Parameter(
                "late_days",
                self.late_days,
                "How many days a daily run fills: what becomes known of a day up to the run so many days after it is"
                " taken in. What comes later is left to `stockpot backfill`: to `--reprocess late` where runs count it,"
                " else to `--reprocess all`.",
            ),
        )

    def ends(self, given: Mapping[str, Any]) -> Ends:
        """Where the intervals of runs end that were given these parameters."""
        timezone, late = given.get("timezone", self.timezone), given.get("late_days", self.late_days)
        return Ends(self.label_delay, self.each, str(timezone), int(late), self.whole_weeks)

    @property
    def of_utc_days(self) -> bool:
        """Whether the intervals are whole days of UTC, whatever the table."""
        return self.each == DAY and is_utc(self.timezone)

    def lacking(self, table: Table) -> str:
        """What the table lacks to be filled like that, as half a sentence; empty where it lacks nothing."""
        if table.by_days and self.each == DAY and not is_utc(self.timezone):
            name = table.interval_column
            return f"holds days of UTC in '{name}', and not those of {self.timezone}: make it a timestamptz!"
        return _without_interval(table, "the time of a row")


@dataclass(frozen=True)
class FullRefresh:
    """Each run replaces the whole table.

    `made_from` names the pipeline's own parameters that the rows depend on, `settings` holds what else they depend on.
    `inclusive` says that rows may be of the run's instant itself, as those are that say how things stand.
    """

    made_from: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    inclusive: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run beside its instant: none."""
        return ()

    def lacking(self, table: Table) -> str:
        """What the table lacks to be filled like that, as half a sentence; empty where it lacks nothing."""
        return _by_date(table, "the time of a row") or _without_interval(table, "the time of a row")


@dataclass(frozen=True)
class Snapshot:
    """Each run adds how things stand at its cut, an instant that all its rows carry; earlier cuts stay.

    The cut is the run's instant, or where there is one for `each` day, the first instant of its day in the run's
    `timezone`, which is a parameter of the pipeline then, with this default.
    """

    each: str = RUN
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse another `each`, and a zone that is none.

        Raises:
            ConfigurationError: it is one.
        """
        _refuse_other(self.each, type(self).__name__)
        zone_of(self.timezone)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run beside its instant."""
        daily = _daily(self.timezone, "Zone whose days the cuts are the beginnings of, such as Europe/Berlin.")
        return (
            *((daily,) if self.each == DAY else ()),
            Parameter("cut", "", "Which cut the run fills, ISO 8601; empty means that of `as_of`."),
            Parameter("generation", 1, "Set by `stockpot backfill`: 2 or more to compute a committed cut anew."),
        )

    def cut(self, as_of: datetime, given: Mapping[str, Any]) -> datetime:
        """The cut of a run at that instant that was given these parameters.

        Raises:
            ConfigurationError: the zone is unknown.
        """
        return cut_of(as_of, self.each, str(given.get("timezone", self.timezone)))

    def lacking(self, table: Table) -> str:
        """What the table lacks to be filled like that, as half a sentence; empty where it lacks nothing."""
        return _by_date(table, "the cut") or _without_interval(table, "the cut")


@dataclass(frozen=True)
class Versioned:
    """Each run keeps what has changed since the one before it as versions: what each key said, and from when to when.

    `key` names a row of the state that the pipeline's function hands over, all that there is now. Another value in one
    of the `compare` columns makes a version; all beside the key and `since` count where none are named. `since` is the
    column that says since when a key has been there, which is when its first version begins, if that is earlier than
    the run that first saw it. No run may be older than `oldest`, for what a source held long ago cannot be known; a run
    may be told another age.
    """

    key: tuple[str, ...]
    compare: tuple[str, ...] = ()
    since: str = ""
    oldest: timedelta = timedelta(hours=36)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run beside its instant."""
        text = "How long ago `as_of` may be, for what the source held long ago cannot be known now."
        return (Parameter("oldest_hours", self.oldest / _HOUR, text),)

    def compared(self, table: Table) -> list[str]:
        """The columns of the table that count."""
        left_out = {*self.key, self.since, *NAMES}
        return list(self.compare) or [name for name in _columns(table) if name not in left_out]

    def lacking(self, table: Table) -> str:
        """What the table lacks to be filled like that, as half a sentence; empty where it lacks nothing."""
        known = _columns(table)
        for column in VERSION_COLUMNS:
            name, _, kind = column.partition(" ")
            if known.get(name) != kind:
                return f"needs '{column}' to keep versions: take all of VERSION_COLUMNS"
        for name in (*self.key, *self.compare, *((self.since,) if self.since else ())):
            if missing := _without_column(table, name):
                return missing
        return self._misnamed(table, known) or self._unsuited(table, known)

    def _misnamed(self, table: Table, known: Mapping[str, str]) -> str:
        """What is said of columns that the rows of a state do not have, or of one that tells no time."""
        if table.interval_column:
            return f"has the interval_column '{table.interval_column}', and versions fill no intervals: leave it out"
        said: Mapping[str, Collection[str]]
        said = {"key": self.key, "compare": self.compare, "since": (self.since,), "unfit": table.unfit}
        for role, names in said.items():
            if name := next((name for name in names if name in NAMES), None):
                return f"names '{name}' in {role}, which the load fills itself: leave it out"
        if self.since and known[self.since].removesuffix("!") not in _INSTANTS:
            fitting = " or ".join(_INSTANTS)
            return f"cannot tell since when a key is there by '{self.since} {known[self.since]}': make it a {fitting}"
        return ""

    def _unsuited(self, table: Table, known: Mapping[str, str]) -> str:
        if not self.key or any(not known[name].endswith("!") for name in self.key):
            return f"needs a key of columns that are never null, such as '{next(iter(known))} string!'"
        if nested := next((name for name in self.compared(table) if "<" in known[name]), None):
            return f"cannot compare '{nested} {known[nested]}': name a column with a hash of it in compare"
        parts = dict(table.partition)
        if list(parts) != [self.key[0]] or not parts[self.key[0]].startswith("bucket["):
            return f"needs the partition {{'{self.key[0]}': 'bucket[8]'}}, by which versions are compared"
        return ""


@dataclass(frozen=True)
class AppendStream:
    """Each run adds what became known since the last one; `time` is the column that says when that was.

    `derived` are the definitions of tables that follow from it, which are made together with it.
    """

    time: str
    derived: tuple[Table, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run beside its instant."""
        return (
            Parameter(
                "since",
                "",
                "Set by `stockpot backfill`: a new table begins with what became known at this instant.",
            ),
            Parameter(
                "until",
                "",
                "Set by `stockpot backfill`: what became known after this instant is left to later runs.",
            ),
        )

    def lacking(self, table: Table) -> str:
        """What the table lacks to be filled like that, as half a sentence; empty where it lacks nothing."""
        return _without_column(table, self.time)


Mode = IncrementalByTime | FullRefresh | Snapshot | Versioned | AppendStream


def _refuse_other(each: str, mode: str) -> None:
    if each not in (RUN, DAY):
        raise ConfigurationError(f"no mode is {mode}(each={each!r})", f"write '{RUN}' or '{DAY}'")


def _daily(timezone: str, text: str) -> Parameter:
    return Parameter("timezone", timezone, text)


def _by_date(table: Table, meaning: str) -> str:
    return f"holds {meaning} in the date '{table.interval_column}': make it a timestamptz!" if table.by_days else ""


def _without_interval(table: Table, meaning: str) -> str:
    if table.interval_column:
        return ""
    fitting = [name for name, kind in _columns(table).items() if kind in ("timestamptz!", "date!")]
    return f"names no interval_column, which holds {meaning}{near('interval_column', fitting)}"


def _without_column(table: Table, name: str) -> str:
    known = list(_columns(table))
    return "" if name in known else f"has no column '{name}'{near(name, known)}"


def _columns(table: Table) -> dict[str, str]:
    """The types of the table's columns, as it writes them, by name."""
    return {column.name: f"{column.type}{'!' if column.required else ''}" for column in table.fields}
