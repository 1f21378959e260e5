"""A run that has ended, with its row and its commits."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from components.end_run.committed import RunCommits
from components.end_run.record import Closed, Ended
from components.shell.status import RunEnd

if TYPE_CHECKING:
    from components.iceberg.receipts import Receipt


@dataclass(frozen=True)
class Outcome:
    """How a run ended, its row as far as it could be closed, and what its tables hold of its work.

    `now` is when the end is reported, which counts where the row could not be closed.
    """

    ended: RunEnd
    run: Ended
    closed: Closed | None
    commits: RunCommits | None
    now: datetime

    @cached_property
    def own(self) -> "dict[str, Receipt]":
        """The receipts of its own commits by table; not those of another run that had done the same before."""
        receipts = self.commits.receipts if self.commits else {}
        return {name: each for name, each in receipts.items() if each.run_id in ("", self.run.run_id)}

    @property
    def finished(self) -> datetime:
        """When the run ended; always the same where its row is closed, however often the end is reported."""
        return self.closed.finished if self.closed else self.now
