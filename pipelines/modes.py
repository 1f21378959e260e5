"""How the runs of a dataset share its table: the load modes, and the parameters that each gives a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from components.shell.schema import Table

_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)


@dataclass(frozen=True)
class Parameter:
    """A parameter that all pipelines of a kind have; its default tells its type, the text what it is for."""

    name: str
    default: str | int
    text: str


AS_OF = Parameter(
    "as_of",
    "",
    "Instant of the run, ISO 8601 with offset; the scheduled time of a cron run, else the run's creation time.",
)


@dataclass(frozen=True)
class IncrementalByTime:
    """Each run fills the time from the tick before to its own, both less the label delay: what a label takes to settle.

    What becomes known late of rows within the `lookback` before a run's interval is taken in by that run.
    """

    label_delay: timedelta = timedelta()
    lookback: timedelta = timedelta()

    def __post_init__(self) -> None:
        """Refuse what a run cannot be told: a time that is negative, or in parts of its unit.

        Raises:
            ValueError: one of them is.
        """
        if min(self.label_delay, self.lookback) < timedelta() or self.lookback % _HOUR or self.label_delay % _SECOND:
            raise ValueError(f"{self} needs a label delay in whole seconds and a lookback in whole hours, zero or more")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a run can be told beside its instant."""
        return (
            Parameter(
                "lookback_hours",
                self.lookback // _HOUR,
                "How far before the interval rows are brought up to date with facts that became known late; what is"
                " older is counted and left to `stockpot backfill --reprocess late`.",
            ),
            Parameter(
                "backfill_from",
                "",
                "Set by `stockpot backfill`: where the interval starts; empty means where the last one ended.",
            ),
            Parameter(
                "backfill_to",
                "",
                "Set by `stockpot backfill`: where it ends; empty means the label delay,"
                f" {self.label_delay / _HOUR:g} hours, before `as_of`.",
            ),
            Parameter("generation", 0, "Set by `stockpot backfill`: 1, or more to compute committed rows anew."),
        )


@dataclass(frozen=True)
class FullRefresh:
    """Each run replaces the whole table.

    `made_from` names the pipeline's own parameters that the rows depend on, `settings` holds what else they depend on.
    """

    made_from: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a run can be told beside its instant: nothing."""
        return ()


@dataclass(frozen=True)
class AppendStream:
    """Each run adds what became known since the last one; `time` is the column that says when that was.

    `derived` are the definitions of tables that follow from it, which are made together with it.
    """

    time: str
    derived: tuple[Table, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a run can be told beside its instant."""
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


Mode = IncrementalByTime | FullRefresh | AppendStream
