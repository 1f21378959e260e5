"""`table`: rows of an Iceberg table, for people and for programs."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stockpot.commands.options import DEFAULT_HOME, Home

_FOR_PEOPLE = 20


class RowForm(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


_NameOfTable = Annotated[
    str, typer.Argument(metavar="NAME", help="Namespace and table, such as moderation.training_data.")
]
_Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, help=f"At most so many rows. Default: {_FOR_PEOPLE} for `table`, else all."),
]
_Snapshot = Annotated[int | None, typer.Option("--snapshot", metavar="ID", help="As of this snapshot.")]
_Columns = Annotated[str, typer.Option("--columns", metavar="NAME,NAME", help="These columns, in this order.")]
_Where = Annotated[
    str, typer.Option("--where", metavar="CONDITION", help='Rows that it holds for, such as "label = true and n > 3".')
]
_Query = Annotated[
    str,
    typer.Option("--sql", metavar="SELECT", help="What DuckDB answers to a SELECT over the table, and nothing else."),
]
_History = Annotated[bool, typer.Option("--history", help="The table's snapshots, newest first.")]
_Diff = Annotated[
    tuple[int, int] | None,
    typer.Option("--diff", metavar="SNAP SNAP", help="How the rows of two snapshots differ, the earlier one first."),
]


def table(
    name: _NameOfTable,
    *,
    columns: _Columns = "",
    where: _Where = "",
    limit: _Limit = None,
    snapshot: _Snapshot = None,
    sql: _Query = "",
    history: _History = False,
    diff: _Diff = None,
    output: Annotated[RowForm, typer.Option("--output", help="How rows are written.")] = RowForm.TABLE,
    raw: Annotated[
        bool, typer.Option("--raw", help="In `csv`, leave texts as they are that a spreadsheet takes for formulas.")
    ] = False,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Write to a file instead of stdout.")] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Print rows of an Iceberg table, its history, or how two snapshots differ.

    `json` is one array of rows: instants as ISO 8601, decimals and uuids as strings, bytes in base64, and `NaN`,
    `Infinity` and `-Infinity` as strings. In `csv` a null is nothing, an empty text is "", and a text that begins as
    formulas do gets an apostrophe before it. docs/tables.md tells the rest.

    \b
    Examples:
      stockpot table moderation.training_data
      stockpot table moderation.training_data --output csv --to rows.csv
      stockpot table moderation.training_data --limit 100 --output json | jq '.[0]'
      stockpot table moderation.training_data --columns image_id,views_5min --where "category = 'soup'"
      stockpot table moderation.training_data --history
      stockpot table moderation.training_data --diff 4127366918214431 7261003218859312
      stockpot table moderation.training_data --sql "select category, count(*) from training_data group by all"
      stockpot table moderation.training_data --snapshot 4127366918214431 --output parquet --to rows.parquet
    """
    from components.shell.errors import ConfigurationError
    from stockpot.display.rows import write_rows
    from stockpot.local.looking import Looked, look
    from stockpot.local.services import Wanted, in_use
    from stockpot.local.tables import TableQuery

    if output is RowForm.PARQUET and to is None and sys.stdout.isatty():
        raise ConfigurationError("Parquet is nothing for a terminal", "name a file: --to rows.parquet")
    rows = _FOR_PEOPLE if limit is None and output is RowForm.TABLE else limit
    query = TableQuery([each.strip() for each in columns.split(",")] if columns else (), where, rows, snapshot)
    looked = Looked(query, sql, history, diff)
    with in_use(home, os.environ, Wanted()) as endpoints:
        endpoints.put_into(os.environ)
        with look(name, looked) as (reader, notes):
            for note in notes:
                typer.echo(note, err=output is not RowForm.TABLE or to is not None)
            write_rows(reader, output.value, to, raw=raw)
