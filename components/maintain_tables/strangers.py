"""Tables in the folder of another that no catalog of the database has: those of another database, and dropped ones."""

import gzip
import json
from collections.abc import Collection, Sequence

from pyiceberg.table import Table

from components.shell.errors import ConfigurationError, TransientError

# Metadata of a table, as Iceberg names it, and as it was named where it is packed.
_DESCRIBES = (".metadata.json", ".metadata.json.gz")
_PACKED = b"\x1f\x8b"


def describes(path: str) -> bool:
    """Whether the file tells, by its name, of a table's state."""
    return path.endswith(_DESCRIBES)


def refuse_strangers(table: Table, known: Sequence[Table], paths: Sequence[str], dropped: Collection[str]) -> None:
    """Nothing, if all these files of metadata are of the known tables, or of tables that were dropped.

    The files are those that no known table names. A table has few of them, for a sweep takes them, and of a stranger's
    the first that is read is enough. Each has to be looked at: whose it is, only its content says, and a stranger at
    work has young ones only, for it removes those that it no longer needs.

    Raises:
        ConfigurationError: one is of another table.
        TransientError: one has gone meanwhile.
    """
    ours = {str(one.metadata.table_uuid) for one in known} | {one.lower() for one in dropped}
    for path in paths:
        if (found := _uuid(table, path)) not in ours:
            raise ConfigurationError(
                f"its folder holds files of another table, {found or 'which names no uuid'}, which no catalog of this"
                f" database has: {path.rpartition('/')[2]}",
                "leave it out of `tables`, or name that uuid in `dropped` if the other is no more in any catalog",
            )


def _uuid(table: Table, path: str) -> str:
    """The uuid of the table that the file tells of; empty where it tells of none."""
    try:
        with table.io.new_input(path).open() as stream:
            read = stream.read()
    except FileNotFoundError:
        raise TransientError(f"{path} has gone while it was looked at", "try again") from None
    try:
        return str(json.loads(gzip.decompress(read) if read.startswith(_PACKED) else read)["table-uuid"]).lower()
    except (ValueError, KeyError, TypeError, EOFError, OSError):
        return ""
