"""`reconcile`: the record of runs made to agree with the tables."""

import os
from typing import Annotated

import typer

from stockpot.commands.options import DEFAULT_HOME, Form, Home, Output


def reconcile(
    pipeline: Annotated[
        str, typer.Argument(metavar="[PIPELINE]", help="A pipeline of `stockpot list`. Default: all that fill a table.")
    ] = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    home: Home = DEFAULT_HOME,
    output: Output = Form.TEXT,
) -> None:
    """Make etl_runs agree with the receipts in the tables.

    What was committed is told by the tables alone, and etl_runs is an index over it. Committed runs that it lacks are
    added, and rows that call a committed run failed, or running for more than a day, are corrected.

    \b
    Examples:
      stockpot reconcile --dry-run
      stockpot reconcile moderation-training
    """
    from components.shell.errors import ConfigurationError
    from stockpot.backfill.reconcile import reconcile as reconciled
    from stockpot.compiler.definitions import registered
    from stockpot.definition import discover
    from stockpot.display.columns import fitted, print_json
    from stockpot.local.services import Wanted, in_use

    definitions = [registered(pipeline)] if pipeline else list(discover().values())
    filling = [(one.name, one.dataset.table_name) for one in definitions if one.dataset]
    if not filling:
        raise ConfigurationError(f"{pipeline} fills no table of its own", "leave it out to reconcile all")
    with in_use(home, os.environ, Wanted()) as endpoints:
        endpoints.put_into(os.environ)
        changes = [change for name, table in filling for change in reconciled(name, table, dry_run=dry_run)]
    rows = [
        (one.action, one.run_id, one.receipt.pipeline, one.receipt.interval, one.receipt.snapshot_id) for one in changes
    ]
    heads = ("ACTION", "RUN", "PIPELINE", "INTERVAL", "SNAPSHOT")
    if output is Form.JSON:
        print_json([dict(zip(map(str.lower, heads), row, strict=True)) for row in rows])
    else:
        typer.echo(fitted(heads, rows, spare=("PIPELINE", "INTERVAL")) if rows else "etl_runs agrees with the tables")
