"""What a pipeline fills: a table, the contract of its rows, and how runs share it."""

from dataclasses import dataclass

from components.shell.schema import Contract, Table
from stockpot.modes import FullRefresh, Mode, Versioned


@dataclass(frozen=True)
class Target:
    """Another table that a pipeline fills beside its dataset's own.

    It is filled by the same intervals or cuts as the own one. With a `mode` of its own it is replaced as a whole, or
    keeps versions, whatever the own one does.

    An `optional` one is left as it is by a run whose step that makes the rows says that it is off. It is committed
    after the own one: where it fails, the run fails, and the others are filled.
    """

    table: Table
    contract: Contract | None = None
    mode: FullRefresh | Versioned | None = None
    optional: bool = False

    @property
    def short(self) -> str:
        """The table's name without its namespace, for the names of tasks."""
        return self.table.name.rpartition(".")[2]

    def shared(self, own: Mode) -> Mode:
        """The mode that fills it, given that of the dataset's own table."""
        return self.mode or own
