"""Where pictures find rows: what a run has committed, and what its tables hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Wanted:
    """Which rows of a table: `[start, end)` of a column, and texts to be equal; and which of their columns."""

    columns: tuple[str, ...]
    time: str
    start: datetime
    end: datetime
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Commit:
    """One commit of a table: the instant of its run, and what its steps said of their work."""

    as_of: datetime
    details: Mapping[str, Any]


class Source(Protocol):
    """Rows as Arrow datasets, which are read no further than they are asked for. A picture asks for nothing else."""

    def rows(self, table: str) -> Any | None:
        """What the run has committed to the table; None where it has not come so far."""

    def history(self, table: str, wanted: Wanted) -> Any | None:
        """What the table held just after the run; None where it cannot be reached."""

    def commits(self, table: str) -> Sequence[Commit]:
        """The commits of the table up to the run's, the run's first; none where it cannot be reached."""
