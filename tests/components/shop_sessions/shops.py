"""Events of a shop in memory, and the step's expressions run on them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.shell.engine import Engine, engine, records
from components.shop_sessions.funnels import Funnel
from components.shop_sessions.reached import reached
from components.shop_sessions.renewed import KNOWN, Before, changed_days, near, regions, renew
from components.shop_sessions.schemas import EVENTS, SESSIONS, STEPS
from components.shop_sessions.settings import Settings
from components.shop_sessions.visits import visits
from tests.components.shop_sessions import oracle

Row = Mapping[str, Any]
_NAMES = count()


def table(backend: Engine, rows: Sequence[Row] | pa.Table, schema: ibis.Schema) -> ir.Table:
    """The rows as a table of the engine; columns that they do not have are null."""
    name = f"given_{next(_NAMES)}"
    arrow = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows), schema.to_pyarrow())
    backend.begin(lambda connection: connection.register(name, arrow))
    return ibis.table(schema, name)


@contextmanager
def small_engine() -> Iterator[Engine]:
    """An engine for a few rows."""
    with engine("400MB", threads=1) as backend:
        yield backend


@dataclass
class Shop:
    """The tables that runs leave behind, held as lists, and the days that the last run replaced."""

    told: Settings
    landed: list[Row] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    days: set[int] = field(default_factory=set)
    renewed: int = 0

    def run(self, new: Sequence[Row], as_of: datetime, late: Sequence[Row] = ()) -> None:
        """Land these events, and bring the sessions up to date as the step does: whole days are replaced.

        Those that are `late` come too late to be in any.
        """
        self.landed += [*new, *late]
        with small_engine() as backend:
            around = regions(visits(table(backend, new, EVENTS), self.told), self.told)
            every = visits(table(backend, self.landed, EVENTS), self.told)
            held = table(backend, self.sessions, SESSIONS)
            before = Before(held, known(backend, self, new))
            found = renew(backend, near(every, around, self.told), around, before, as_of, self.told)
            days = records(backend, changed_days(found, held, as_of, self.told))
            self.days = {row["day"] for row in days}
            replaced = {row["session_key"] for row in records(backend, found.replaced)}
            fresh = records(backend, found.sessions.select(*(n for n in SESSIONS.names if n in found.sessions.columns)))
            events = records(backend, found.events.select(STEPS.names))
        self.renewed = len(fresh)
        self.sessions = self._after(self.sessions, fresh, replaced, "started_at")
        self.events = self._after(self.events, events, replaced, "session_started_at")
        for row in self.sessions:
            row["is_closed"] = row["last_event"] + self.told.longest_pause + self.told.lateness < as_of

    def _after(
        self, held: Sequence[dict[str, Any]], fresh: Sequence[dict[str, Any]], replaced: set[str], time: str
    ) -> list[dict[str, Any]]:
        kept = [row for row in held if _day(row[time]) not in self.days or row["session_key"] not in replaced]
        return [*kept, *(row for row in fresh if _day(row[time]) in self.days)]


def known(backend: Engine, shop: Shop, new: Sequence[Row]) -> ir.Table:
    """The events that are in the shop's sessions, and those that come to them now."""
    now = [{"visitor": oracle.visitor(event), "event_id": event["event_id"], "occurred_at": event["event_time"]}
           for event in new]  # fmt: skip
    return table(backend, [*shop.events, *now], KNOWN)


def _day(at: datetime) -> int:
    """The day of UTC, as a number since 1970."""
    return at.toordinal() - date(1970, 1, 1).toordinal()


def funnelled(
    events: Sequence[Row], funnel: Funnel, unit: Sequence[str] = ("unit",)
) -> dict[Any, tuple[int, dict[int, float]]]:
    """How far the product says that units come."""
    kinds = {"unit": "string", "event_id": "string", "kind": "string", "at": "int64", "article_id": "string"}
    with small_engine() as backend:
        rows = records(backend, reached(table(backend, events, ibis.schema(kinds)), funnel, unit))
    return {
        row["unit"]: (
            row["steps"],
            {n: row[f"seconds_{n}"] for n in range(1, len(funnel.steps) + 1) if row[f"seconds_{n}"] is not None},
        )
        for row in rows
    }
