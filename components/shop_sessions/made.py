"""Rows of the tables as they are made, part by part of the visitors, to be written in the order of days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine, keep
from components.shell.pieces import Pieces
from components.shop_sessions.daily import Held, articles_of, sessions_reached, steps_by_session, units_of
from components.shop_sessions.funnels import SESSION, Funnel
from components.shop_sessions.renewed import utc_day
from components.shop_sessions.settings import Settings

_MOST_SPANS = 64


class Made:
    """What parts have been made into so far: sessions, their events, and what funnels are counted from."""

    def __init__(self, backend: Engine, days: frozenset[int], local_days: Sequence[date], settings: Settings) -> None:
        """Begin with nothing; kept are the rows of these days of UTC, and units of these local days."""
        self._backend = backend
        self._local_days = list(local_days)
        self._funnels = settings.funnels
        self._tables: dict[str, Pieces] = {}
        self.events = ByDay(self, "made_events", days)
        self.sessions = ByDay(self, "made_sessions", days)

    @property
    def articles(self) -> Pieces:
        """What `articles_of` counted, of a part at a time."""
        return self._tables["made_articles"]

    def units(self) -> list[tuple[Funnel, ir.Table]]:
        """The units of each funnel."""
        return [(funnel, self._tables[f"units_{index}"].all()) for index, funnel in enumerate(self._funnels)]

    def add(self, held: Held) -> None:
        """Make rows of a part: the sessions of visitors that no other part has, and all their events."""
        came = {
            funnel.name: keep(self._backend, f"reached_{index}", sessions_reached(held, funnel))
            for index, funnel in enumerate(self._funnels)
            if funnel.scope == SESSION
        }
        self.events.add(held.events, "session_started_at")
        self.sessions.add(held.sessions.inner_join(steps_by_session(held, came), "session_key"), "started_at")
        for index, funnel in enumerate(self._funnels):
            self._add_of_days(f"units_{index}", units_of(held, funnel, came.get(funnel.name)))
        self._add_of_days("made_articles", articles_of(held))

    def pieces(self, name: str, schema: ibis.Schema) -> Pieces:
        """Those of that name, which begin with the first rows that there are."""
        if name not in self._tables:
            self._tables[name] = Pieces(self._backend, name, schema)
        return self._tables[name]

    def _add_of_days(self, name: str, rows: ir.Table) -> None:
        of_days = rows.filter(rows.day.isin(self._local_days))
        self.pieces(name, rows.schema()).add(of_days, ibis.literal(0))


@dataclass(frozen=True)
class ByDay:
    """Rows of these days of UTC in pieces of as many days each, so that no more need to be sorted at once."""

    made: Made
    name: str
    days: frozenset[int]

    def add(self, rows: ir.Table, column: str) -> None:
        """Add those that are of these days, by the instant in the column."""
        days, day = sorted(self.days), utc_day(rows[column])
        # By the calendar a single event of long ago would put all others into one piece.
        begins = days[:: -(-len(days) // _MOST_SPANS) or 1]
        number = sum(((day >= begin).cast("int64") for begin in begins), ibis.literal(0))
        self.made.pieces(self.name, rows.schema()).add(rows.filter(day.isin(days)), number)

    def ordered(self, *columns: str) -> Iterator[ir.Table]:
        """The rows ordered by the columns, the first of which is that instant: a table of some days after the other."""
        pieces = self.made.pieces(self.name, ibis.schema({}))
        for number in pieces.rows():
            yield pieces.of([number]).order_by(*columns)
