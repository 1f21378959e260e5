"""What must hold across the rows of a real source before anything is handed on."""

from pathlib import Path

import duckdb

from components.shell.counts import counted
from components.shell.datasets import files
from components.shell.errors import ContractError

# Each query gives one row with an example and a count where something is wrong.
_REPEATED_KEY = "SELECT any_value({key}), count(*) FROM (SELECT {key} FROM {table} GROUP BY 1 HAVING count(*) > 1)"
_UNKNOWN = "SELECT any_value({key}), count(*) FROM interactions ANTI JOIN {table} USING ({key})"
_TOO_EARLY = """
    SELECT any_value(interaction_id), count(*)
    FROM interactions JOIN {table} USING ({key}) WHERE "timestamp" < {arrival}
"""
_CHECKS = (
    (
        _REPEATED_KEY.format(key="user_id", table="users"),
        "user_id {example} is in users more than once ({ids})",
    ),
    (
        _REPEATED_KEY.format(key="item_id", table="items"),
        "item_id {example} is in items more than once ({ids})",
    ),
    (
        _REPEATED_KEY.format(key="interaction_id", table="interactions"),
        "interaction_id {example} is there more than once ({ids})",
    ),
    (
        _UNKNOWN.format(key="user_id", table="users"),
        "interactions are of users that do not exist, such as user_id {example} ({count} of them)",
    ),
    (
        _UNKNOWN.format(key="item_id", table="items"),
        "interactions show items that do not exist, such as item_id {example} ({count} of them)",
    ),
    (
        _TOO_EARLY.format(table="items", key="item_id", arrival="creation_date"),
        "interactions show an item before its creation_date, such as interaction {example} ({count} of them)",
    ),
    (
        _TOO_EARLY.format(table="users", key="user_id", arrival="signup_date"),
        "interactions are of users before their signup_date, such as interaction {example} ({count} of them)",
    ),
)


def verify(directories: dict[str, Path], scratch: Path) -> None:
    """Check keys and references of the three datasets, spilling to `scratch` what does not fit in memory.

    Raises:
        ContractError: the first thing found wrong, with an example and how often it is so.
    """
    connection = duckdb.connect(config={"temp_directory": str(scratch), "memory_limit": "1GB"})
    try:
        for name, directory in directories.items():
            connection.read_parquet(files(directory)).create_view(name)
        for query, message in _CHECKS:
            example, count = connection.execute(query).fetchone() or (None, 0)
            if count:
                text = message.format(example=example, count=count, ids=counted(count, "such id"))
                raise ContractError(text, "repair the source, then run again")
    finally:
        connection.close()
