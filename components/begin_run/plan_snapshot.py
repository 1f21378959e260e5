"""At which cut a run says how things stand, and under which key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from components.iceberg.cuts import load_of
from components.iceberg.receipts import Receipt, resolve
from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH, format_instant, refuse_future


@dataclass(frozen=True)
class Plan:
    """A load of one cut, and `why`: first, next, repeated, replaced, or filled where later cuts are there already."""

    load: Receipt
    why: str


def plan(  # noqa: PLR0917 - all of them name the work
    cut: datetime,
    as_of: datetime,
    now: datetime,
    identity: tuple[str, str, str],
    generation: int,
    committed: Sequence[Receipt],
) -> Plan:
    """The plan of the run at `as_of` for a cut, whatever other cuts are committed.

    Args:
        cut: The instant at which the rows say how things stood.
        as_of: Instant of the run.
        now: The database's clock.
        identity: Pipeline, table and version of the definition.
        generation: 1, or more to compute anew what is committed.
        committed: The pipeline's receipts in the table, and stand-ins for those of this cut that have expired.

    Raises:
        ConfigurationError: `as_of` lies in the future, the cut after it or before 1970, or the generation is below 1.
        SupersededError: the cut is committed with more known, under a newer definition or in a later generation.
    """
    refuse_future(as_of, now)
    if not EPOCH < cut <= as_of:
        raise ConfigurationError(
            f"a run at {format_instant(as_of)} has no cut at {format_instant(cut)}",
            "give a cut after 1970 and not after as_of",
        )
    if generation < 1:
        raise ConfigurationError(f"--generation is {generation}", "give 1 or more")
    load = load_of(*identity, cut, as_of, generation)
    return Plan(load, "repeated" if resolve(committed, load) else _why(load, committed))


def _why(load: Receipt, committed: Sequence[Receipt]) -> str:
    if any(one.interval_start == load.interval_start for one in committed):
        return "replaced"
    if any(one.interval_start > load.interval_start for one in committed):
        return "filled"
    return "next" if committed else "first"
