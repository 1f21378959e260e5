"""What a table is called."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.table import Table


def name_of(table: "Table") -> str:
    """Its namespace and its name: the last two parts of its identifier."""
    return ".".join(table.name()[-2:])
