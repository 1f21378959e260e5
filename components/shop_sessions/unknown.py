"""Events of types that nobody has named: where most are, a type was renamed, and nobody seems to buy any more."""

from datetime import timedelta

import ibis.expr.types as ir

from components.shell.counts import counted, worded
from components.shell.engine import Engine, records
from components.shell.errors import ContractError
from components.shop_sessions.reading import Landed
from components.shop_sessions.settings import OTHER, Settings
from components.shop_sessions.visits import visits

FEW = 20
"""Of fewer new events most may be unknown by chance: those of the last day are counted with them."""
_DAY = timedelta(days=1)
_MOST = 0.5
_EVENT = ("event_id", "occurred_at")


def require_known(backend: Engine, landed: Landed, new: ir.Table, settings: Settings) -> None:
    """Nothing, if the types of at least half of the new events are known, or of these with those of the last day.

    Raises:
        ContractError: they are not.
    """
    events, unknown = _type_counts(backend, new)
    whole = counted(events, "new event")
    if unknown > _MOST * events and events < FEW:
        since = landed.as_of - _DAY
        day = landed.between((since, landed.as_of), "events_of_day")
        of_day = day.kept(
            backend, lambda rows: visits(rows, settings).select(*_EVENT, "is_unknown").anti_join(new, _EVENT)
        )
        before = _type_counts(backend, of_day)
        events, unknown = events + before[0], unknown + before[1]
        whole = f"{counted(events, 'event')}, new or of the last day,"
    if unknown > _MOST * events:
        raise ContractError(
            f"{unknown:,} of {whole} {worded(unknown, 'is', 'are')} of no known type",
            f"say in event_types what the source calls them; '{OTHER}' is what counts as none of the kinds",
        )


def _type_counts(backend: Engine, events: ir.Table) -> tuple[int, int]:
    """How many there are, and how many of no known type."""
    row = records(backend, events.agg(rows=events.count(), unknown=events.is_unknown.sum().fill_null(0)))[0]
    return int(row["rows"]), int(row["unknown"])
