"""What a run computes from, part by part of the visitors: events near new ones, sessions of before, those made anew."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir

from components.shell.engine import Engine, keep
from components.shell.pieces import Pieces
from components.shop_sessions.categories import categorised
from components.shop_sessions.daily import Held
from components.shop_sessions.parts import groups, piece_of
from components.shop_sessions.renewed import Renewed, renew, utc_day
from components.shop_sessions.schemas import FUNNELLED, SESSIONS, STEPS
from components.shop_sessions.sessions import closed
from components.shop_sessions.settings import Settings

_KEYS = ibis.schema({"session_key": "!string", "visitor": "!string"})


@dataclass(frozen=True)
class Near:
    """Events near the regions `around` new ones, the sessions of before, and the versions of articles valid then."""

    events: Pieces
    held: Pieces
    around: ir.Table
    versions: ir.Table | None = None


@dataclass(frozen=True)
class Parts:
    """What is `Renewed`, by visitor."""

    sessions: Pieces
    events: Pieces
    replaced: Pieces

    @property
    def whole(self) -> Renewed:
        """All of it at once."""
        return Renewed(self.sessions.all(), self.events.all(), self.replaced.all())


def renew_parts(backend: Engine, near: Near, pieces: int, as_of: datetime, settings: Settings) -> Parts:
    """The sessions within the regions made anew, a part of the visitors after the other."""
    schemas = {"renewed_sessions": SESSIONS, "renewed_events": STEPS, "replaced_sessions": _KEYS}
    found = Parts(*(Pieces(backend, name, schema) for name, schema in schemas.items()))
    for group in groups([near.events, near.held]):
        events = categorised(near.events.of(group), near.versions)
        held = near.held.of(group)
        each = renew(backend, events, near.around, held, as_of, settings)
        found.sessions.add(each.sessions, piece_of(each.sessions.visitor, pieces))
        found.events.add(each.events, piece_of(each.events.visitor, pieces))
        found.replaced.add(each.replaced, piece_of(each.replaced.visitor, pieces))
    return found


@dataclass(frozen=True)
class Part:
    """Of a part of the visitors all sessions with what funnels are counted from, and the rows that come anew.

    These are sessions made anew or closed since, and the events of those made anew. The rows of the sessions `kept`
    stay where none comes anew, and those of sessions that are `gone` go.
    """

    held: Held
    sessions: ir.Table
    events: ir.Table
    kept: ir.Table
    gone: ir.Table


@dataclass(frozen=True)
class Sources:
    """Sessions as the table has them, their `steps` on the days `wide` about those that change, and those made anew."""

    held: Pieces
    steps: Pieces
    renewed: Parts
    wide: frozenset[int]
    as_of: datetime
    told: Settings

    def groups(self) -> list[list[int]]:
        """The parts to be computed one after the other; also those of sessions without events, which are missed."""
        return groups([self.steps, self.renewed.events, self.held])

    def part(self, backend: Engine, group: list[int]) -> Part:
        """What there is of a part on these days: sessions that stay, and those made anew."""
        fresh, replaced = self.renewed.sessions.of(group), self.renewed.replaced.of(group).select("session_key")
        kept = self._of_days(self.held.of(group).anti_join(replaced, "session_key").select(SESSIONS.names))
        fresh = self._of_days(fresh)
        kept = kept.mutate(was_closed=kept.is_closed, is_closed=closed(kept.last_event, self.as_of, self.told))
        kept = keep(backend, "kept_sessions", kept)
        sessions = keep(backend, "all_sessions", kept.drop("was_closed").union(fresh))
        # A run that died between its commits may have left events of sessions that are made anew, and of others.
        steps = self.steps.of(group)
        made = self.renewed.events.of(group)
        stay, come = steps.semi_join(kept, "session_key"), made.semi_join(fresh, "session_key")
        events = keep(backend, "all_events", stay.union(come.select(FUNNELLED.names)))
        return Part(
            held=Held(sessions, events, self.as_of, self.told),
            sessions=kept.filter(kept.was_closed != kept.is_closed).drop("was_closed").union(fresh),
            events=made,
            kept=kept,
            gone=replaced.union(steps.select("session_key")).anti_join(sessions, "session_key").distinct(),
        )

    def _of_days(self, sessions: ir.Table) -> ir.Table:
        return sessions.filter(utc_day(sessions.started_at).isin(sorted(self.wide)))
