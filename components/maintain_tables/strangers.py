"""Tables in the folder of another that no catalog of the database has: those of another database, and dropped ones."""

import gzip
import json
from collections.abc import Collection, Sequence

from pyiceberg.table import Table

from components.shell.errors import ConfigurationError, TransientError

# Metadata of a table, as Iceberg names it, and as it was named where it is packed.
_DESCRIBES = (".metadata.json", ".metadata.json.gz")
_PACKED = b"\x1f\x8b"
_SHOWN = 10


def describes(path: str) -> bool:
    """Whether the file, by its name, describes a table's state."""
    return path.endswith(_DESCRIBES)


def refuse_strangers(table: Table, known: Sequence[Table], paths: Sequence[str], dropped: Collection[str]) -> None:
    """Nothing, if all these files of metadata are of the known tables, or of tables that were dropped.

    The files are those that no known table names. A table has few of them, for a sweep takes them. Each has to be
    looked at: whose it is, only its content says, and a stranger at work has young ones only, for it removes those that
    it no longer needs.

    Raises:
        ConfigurationError: some are of other tables, all of which are named, or say of no table that they are of it.
        TransientError: one has gone meanwhile.
    """
    ours = {str(one.metadata.table_uuid) for one in known} | {one.lower() for one in dropped}
    by_uuid = _strangers(table, paths, ours)
    problems, todos = [], []
    nameless = by_uuid.pop("", [])
    if by_uuid:
        others, those = ("another table", "that uuid") if len(by_uuid) == 1 else ("other tables", "these uuids")
        problems.append(
            f"its folder holds files of {others}, {', '.join(by_uuid)}, which no catalog of this database has:"
            f" {_names([paths[0] for paths in by_uuid.values()])}"
        )
        todos.append(f"name {those} in `dropped` if no catalog has such a table any more")
    if nameless:
        problems.append(f"its folder holds metadata that names no uuid: {_names(nameless)}")
        todos.append("move that metadata away if no table needs it")
    if problems:
        raise ConfigurationError("; ".join(problems), f"leave it out of `tables`, or {', and '.join(todos)}")


def _strangers(table: Table, paths: Sequence[str], ours: Collection[str]) -> dict[str, list[str]]:
    """The files of other tables by uuid; an empty one for those that name none."""
    by_uuid: dict[str, list[str]] = {}
    for path in paths:
        try:
            uuid = _uuid(table, path)
        except TransientError:
            # A stranger at work takes its files away: that there is one is known by then.
            if not by_uuid:
                raise
            continue
        if uuid not in ours:
            by_uuid.setdefault(uuid, []).append(path)
    return by_uuid


def _names(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(path.rpartition("/")[2] for path in paths[:_SHOWN]) + more


def _uuid(table: Table, path: str) -> str:
    """The uuid of the table that the file describes; empty where it describes none."""
    try:
        with table.io.new_input(path).open() as stream:
            read = stream.read()
    except FileNotFoundError:
        raise TransientError(f"{path} has gone while it was looked at", "try again") from None
    try:
        return str(json.loads(gzip.decompress(read) if read.startswith(_PACKED) else read)["table-uuid"]).lower()
    except (ValueError, KeyError, TypeError, EOFError, OSError):
        return ""
