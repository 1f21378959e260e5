"""What a run computes from, part by part of the visitors: events near new ones, sessions of before, those made anew."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine
from components.shell.pieces import Pieces
from components.shop_sessions.categories import categorised
from components.shop_sessions.daily import Held
from components.shop_sessions.parts import groups, piece_of
from components.shop_sessions.renewed import Before, Renewed, renew, utc_day
from components.shop_sessions.schemas import SESSIONS, STEPS
from components.shop_sessions.sessions import closed
from components.shop_sessions.settings import Settings

_KEYS = ibis.schema({"session_key": "!string", "visitor": "!string"})


@dataclass(frozen=True)
class Near:
    """Events near the regions `around` new ones, the sessions of before, and the versions of articles valid then.

    `known` are the events that count, as `Before` has them; None where all do.
    """

    events: Pieces
    held: Pieces
    known: Pieces | None
    around: ir.Table
    versions: ir.Table | None = None


@dataclass(frozen=True)
class Parts:
    """What is `Renewed`, by visitor."""

    sessions: Pieces
    events: Pieces
    replaced: Pieces
    cut_long: int

    @property
    def whole(self) -> Renewed:
        """All of it at once."""
        return Renewed(self.sessions.all(), self.events.all(), self.replaced.all(), self.cut_long)


def renew_parts(backend: Engine, near: Near, pieces: int, as_of: datetime, settings: Settings) -> Parts:
    """The sessions within the regions made anew, a part of the visitors after the other.

    Raises:
        ContractError: an event of a session that gives way would be in none.
    """
    schemas = {"renewed_sessions": SESSIONS, "renewed_events": STEPS, "replaced_sessions": _KEYS}
    sessions, steps, replaced = (Pieces(backend, name, schema) for name, schema in schemas.items())
    cut_long = 0
    for group in groups([near.events, near.held]):
        events = categorised(near.events.of(group), near.versions)
        before = Before(near.held.of(group), near.known.of(group) if near.known else None)
        each = renew(backend, events, near.around, before, as_of, settings)
        sessions.add(each.sessions, piece_of(each.sessions.visitor, pieces))
        steps.add(each.events, piece_of(each.events.visitor, pieces))
        replaced.add(each.replaced, piece_of(each.replaced.visitor, pieces))
        cut_long += each.cut_long
    return Parts(sessions, steps, replaced, cut_long)


@dataclass(frozen=True)
class Sources:
    """Sessions as the table has them, their `steps` on the days `wide` about those that change, and those made anew."""

    held: Pieces
    steps: Pieces
    renewed: Parts
    wide: frozenset[int]
    as_of: datetime
    settings: Settings

    def groups(self) -> list[list[int]]:
        """The parts to be computed one after the other; also those of sessions without events, which are missed."""
        return groups([self.steps, self.renewed.events, self.held])

    def part(self, group: list[int]) -> Held:
        """The sessions of a part that began on these days, with their events: those that stay, and those made anew."""
        fresh, replaced = self.renewed.sessions.of(group), self.renewed.replaced.of(group).select("session_key")
        staying = self.held.of(group).anti_join(replaced, "session_key").select(SESSIONS.names)
        sessions = staying.union(fresh)
        sessions = sessions.mutate(is_closed=closed(sessions.last_event, self.as_of, self.settings))
        sessions = sessions.filter(utc_day(sessions.started_at).isin(sorted(self.wide)))
        # A run that died between its commits may have left events of sessions that are made anew.
        stale = replaced.union(fresh.select("session_key"))
        events = self.steps.of(group).anti_join(stale, "session_key").select(STEPS.names)
        events = events.union(self.renewed.events.of(group)).semi_join(sessions, "session_key")
        return Held(sessions, events, self.as_of, self.settings)
