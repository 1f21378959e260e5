"""What a run computes anew as datasets, one per table, and the plan by which they are committed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import ibis
import ibis.expr.types as ir
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table

from components.iceberg.parts import base_of
from components.shell import datasets
from components.shell.counts import counted
from components.shell.engine import Engine, keep, records, write_all
from components.shell.errors import ContractError
from components.shell.files import write_atomically
from components.shell.instants import EPOCH
from components.shell.keys import key_of
from components.shop_sessions.daily import STEPS, Held, article_funnel, funnel_daily
from components.shop_sessions.made import Made
from components.shop_sessions.sources import Sources

COLUMNS = {
    "session_events": "session_started_at",
    "funnel_daily": "day",
    "article_funnel": "day",
    "customer_behaviour": "cut_at",
    "sessions": "started_at",
}
"""The tables in the order of their commits, each with the column by whose day it is replaced."""
LATER = "suspend the schedule, and start it again at a later instant"
"""What helps a run that was to make all anew, and was overtaken."""


@dataclass(frozen=True)
class Plan:
    """What is committed: offsets and number of new events; by table its days, and the key of the commit to follow.

    `anew` says that all sessions were made anew, and `parameters` is a digest of the run's settings. It goes into
    the keys of the commits, and is read from the plan: whatever a later release digests, a plan has the key it had.
    `erased` is, by the name of each table that was read, the last erasure of before.
    """

    offsets: str
    events: int
    days: Mapping[str, frozenset[int]]
    bases: Mapping[str, str]
    anew: bool = False
    parameters: str = ""
    erased: Mapping[str, str] = field(default_factory=dict)

    def changes(self, name: str) -> bool:
        """Whether there is anything to commit to the table.

        The receipt of `sessions`, the last table, stands for all: it moves on with any of them, and with new events,
        even if these are too late to be in a session.
        """
        if name != list(COLUMNS)[-1]:
            return bool(self.days[name])
        return self.events > 0 or any(self.days.values())

    def write(self, path: Path) -> None:
        """Leave it as JSON."""
        days = {name: sorted(of_table) for name, of_table in self.days.items()}
        document = {**vars(self), "days": days, "bases": dict(self.bases), "erased": dict(self.erased)}
        write_atomically(path, json.dumps(document, sort_keys=True).encode())


def read_plan(path: Path) -> Plan:
    """The plan that was left there; one of an earlier release says nothing of the run's settings."""
    document = json.loads(path.read_bytes())
    return Plan(**{**document, "days": {name: frozenset(days) for name, days in document["days"].items()}})


@dataclass(frozen=True)
class Written:
    """What the rows go by: the tables as they are, where their datasets go, and the days that are computed anew.

    `offsets` and `events` are those of the new events, `anew` says that all sessions are made anew, and `erased` is the
    plan's.
    """

    tables: Mapping[str, Table]
    directories: Mapping[str, Path]
    pipeline: str
    days: frozenset[int]
    local_days: Sequence[date]
    as_of: datetime
    offsets: str
    events: int
    anew: bool
    erased: Mapping[str, str]


def write_rows(backend: Engine, to: Written, sources: Sources, behaviour: ir.Table | None) -> Plan:
    """The plan of the commits; the rows are written, those of sessions and their events in the order of days.

    Raises:
        ContractError: sessions hold another number of events than there are.
    """
    days = _days(to, is_cut=behaviour is not None)
    # Most ticks of a quiet hour change nothing, and to compute nothing takes as long as to compute a little.
    rows = _rows(backend, sources, to) if to.days or to.local_days else {}
    if behaviour is not None:
        rows["customer_behaviour"] = [behaviour.order_by("customer_id")]
    for name, directory in to.directories.items():
        _write(backend, to.tables[name], rows.get(name, ()) if days[name] else (), directory)
    bases = {name: base_of(to.tables[name], to.pipeline) for name in to.directories}
    parameters = key_of({**sources.settings.document, "anew": to.anew})
    return Plan(to.offsets, to.events, days, bases, to.anew, parameters, to.erased)


def _rows(backend: Engine, sources: Sources, to: Written) -> dict[str, Iterable[ir.Table]]:
    """The rows of the days of each table that are computed anew, of all but customers' behaviour."""
    made = Made(backend, to.days, to.local_days, sources.settings)
    for group in sources.groups():
        held = sources.part(group)
        held = replace(
            held, sessions=keep(backend, "all_sessions", held.sessions), events=keep(backend, "all_events", held.events)
        )
        conserve(backend, held)
        made.add(held)
    return {
        "session_events": made.events.ordered("session_started_at", "session_key", "position"),
        "funnel_daily": [funnel_daily(made.units(), to.local_days)],
        "article_funnel": [article_funnel(made.articles.all(), to.local_days)],
        "sessions": made.sessions.ordered("started_at", "session_key"),
    }


def _days(to: Written, *, is_cut: bool) -> dict[str, frozenset[int]]:
    """The days of each table that are replaced; of customers' behaviour that of the run, where it is a cut's."""
    of_funnels = frozenset((day - EPOCH.date()).days for day in to.local_days)
    return {
        "session_events": to.days,
        "sessions": to.days,
        "funnel_daily": of_funnels,
        "article_funnel": of_funnels,
        "customer_behaviour": frozenset({(to.as_of - EPOCH).days} if is_cut else ()),
    }


def _write(backend: Engine, table: Table, rows: Iterable[ir.Table], directory: Path) -> None:
    """The rows, one table after the other, as a dataset with the columns of their table that they have.

    How far sessions came in a funnel that this run does not count is null.
    """
    schema = schema_to_pyarrow(table.schema(), include_field_ids=False)
    every = ibis.Schema.from_pyarrow(schema)
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        datasets.write_dataset(directory, every.to_pyarrow(), [])
        return
    known = [name for name in every.names if name in first.columns or name.endswith(STEPS)]
    null = {name: ibis.null(every[name]) for name in known if name not in first.columns}
    chosen = (each.mutate(**null).select(*known) for each in chain([first], remaining))
    write_all(backend, chosen, ibis.schema({name: every[name] for name in known}), directory)


def conserve(backend: Engine, held: Held) -> None:
    """Nothing, if the sessions of a part hold as many events as it has.

    Raises:
        ContractError: they do not.
    """
    in_sessions = records(backend, held.sessions.agg(rows=held.sessions.events.sum().fill_null(0)))[0]["rows"]
    in_source = records(backend, held.events.agg(rows=held.events.count()))[0]["rows"]
    if in_sessions != in_source:
        raise ContractError(
            f"sessions hold {counted(in_sessions, 'event')}, and the source has {in_source:,}",
            "report this: it cannot be",
        )
