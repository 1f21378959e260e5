"""How a run fills one of its tables, and what follows from that for the check of the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kfp.dsl import PipelineTask

from components.iceberg.cuts import RUN
from components.shell.schema import Change, Contract
from stockpot.modes import AppendStream, FullRefresh, IncrementalByTime, Mode, Snapshot
from stockpot.target import Target


@dataclass(frozen=True)
class Filling:
    """How a run fills one of its tables: in which mode, from which beginning on, and under which name."""

    target: Target
    mode: Mode
    begun: PipelineTask
    identity: Mapping[str, Any]

    @property
    def key(self) -> Any:
        """The key under which it is committed."""
        return self.begun.outputs["run_key"]

    @property
    def interval(self) -> dict[str, Any]:
        """The half-open time that is filled: `interval_start` and `interval_end`."""
        return {name: self.begun.outputs[name] for name in ("interval_start", "interval_end")}


def compared(filling: Filling) -> dict[str, Any]:
    """What tells, beside the instant, which rows come before those of the run."""
    if isinstance(filling.mode, FullRefresh):
        return {"run_key": filling.key}
    if isinstance(filling.mode, IncrementalByTime | Snapshot):
        return {"interval_end": filling.interval["interval_end"]}
    return {"time_column": filling.mode.time} if isinstance(filling.mode, AppendStream) else {}


def bounded(contract: Contract, max_drop: Any) -> dict[str, Any]:
    """What the check is told of how many rows may be gone.

    Raises:
        ValueError: the contract bounds no drop.
    """
    if max_drop is None:
        return {}
    if not any(isinstance(rule, Change) and rule.max_drop is not None for rule in contract.rules):
        raise ValueError("max_drop is handed to a check whose contract has no Change(max_drop=…)")
    return {"max_drop": max_drop}


def known_late(filling: Filling, mode: IncrementalByTime, made: PipelineTask) -> dict[str, Any]:
    """What the load is told of facts that became known late; nothing where the step that `made` the rows names none.

    Runs that fill days anew reopen no row before them, so that their tables need not say what a late fact may change.

    Raises:
        ValueError: there is a lookback, or there are late facts, and nobody says which rows or columns they touch.
    """
    name, named = filling.target.table.name, "touched" in made.outputs
    if mode.lookback and not named:
        what = f"{name} has a lookback, and {made.name}, which makes its rows, names no late facts"
        raise ValueError(f"{what}: give that step the output touched, or leave out lookback")
    if not named:
        return {}
    if mode.each == RUN and not filling.target.table.late:
        what = f"{made.name} names late facts by its output touched, and {name} does not say what they may change"
        raise ValueError(f"{what}: give the table late=Late(key=[…], columns=[…])")
    return {"past": filling.begun.outputs["past"], "touched": made.outputs["touched"]}
