"""Commits that fail where the table was swept since their writer has looked at it."""

from typing import Literal, cast

from pydantic import Field
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import TableRequirement, ValidatableTableRequirement

from components.iceberg.staging import last_sweep


class Unswept(ValidatableTableRequirement):
    """The table's last sweep must be this one; the catalog holds the metadata that it is about to replace to it."""

    type: Literal["assert-unswept"] = Field(default="assert-unswept")
    swept: str

    def validate(self, base_metadata: TableMetadata | None) -> None:  # type: ignore[override]  # pyiceberg names it so
        """Nothing, if it is.

        Raises:
            CommitFailedException: there was one since.
        """
        if base_metadata is not None and last_sweep(base_metadata) != self.swept:
            raise CommitFailedException("the table was swept meanwhile")


def require_unswept(table: Table, transaction: Transaction) -> None:
    """Have the commit of the transaction fail where a sweep of this state of the table has begun since.

    A sweep says so in a property, and pyiceberg commits a snapshot on top of what others have set: it asks for no more
    than that the last snapshot be the same. So a writer could look, be swept, and then commit files that are gone.
    """
    requirement = cast("TableRequirement", Unswept(swept=last_sweep(table)))
    transaction._stage((), (requirement,))  # noqa: SLF001 - pyiceberg has no door for requirements of one's own
