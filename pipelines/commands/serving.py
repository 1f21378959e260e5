"""`services` and `sample-data`: the embedded Postgres and object store, and something to fill them with."""

import os
import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import DEFAULT_HOME, Form, Home, Output

_HELP = """The embedded Postgres and object store of a home.

\b
Examples:
  stockpot services up
  stockpot services status
  eval "$(stockpot services env)"
"""
services = typer.Typer(help=_HELP)


class Columns(StrEnum):
    """Which columns the source's tables get."""

    NEW = "new"
    OLD = "old"


@services.command("up")
def services_up(home: Home = DEFAULT_HOME) -> None:
    """Start what the environment does not name, and keep it running until `services down`.

    \b
    Examples:
      stockpot services up
      eval "$(stockpot services env)"
    """
    from pipelines.local.services import up

    for line in up(home, os.environ).described:
        typer.echo(line)


@services.command("down")
def services_down(
    home: Home = DEFAULT_HOME,
    force: Annotated[bool, typer.Option("--force", help="Even while a run uses them.")] = False,
) -> None:
    """Stop the embedded services; their data stays.

    \b
    Examples:
      stockpot services down
    """
    from pipelines.local.services import down

    down(home, force=force)
    typer.echo(f"stopped: no embedded service of {home} runs any more; its data stays")


@services.command("status")
def services_status(home: Home = DEFAULT_HOME, output: Output = Form.TEXT) -> None:
    """Say how each service stands, without starting any.

    \b
    Examples:
      stockpot services status
    """
    from pipelines.display.columns import columns, print_json
    from pipelines.local.services import status

    found = status(home, os.environ)
    if output is Form.JSON:
        print_json(
            [{"service": one.name, "where": one.described, "running": one.running, "pid": one.pid} for one in found]
        )
    else:
        typer.echo(columns(("SERVICE", "WHERE"), [(one.name, one.described) for one in found]))


@services.command("env")
def services_env(home: Home = DEFAULT_HOME) -> None:
    """Print the endpoints as `export` lines, for other programs; the lines hold passwords.

    \b
    Examples:
      eval "$(stockpot services env)"; psql "$DATABASE_URL"
    """
    from components.shell.errors import ConfigurationError
    from pipelines.local.services import addresses, status

    if any(one.running is False for one in status(home, os.environ)):
        raise ConfigurationError("an embedded service is not running", "start it first: stockpot services up")
    for name, value in sorted(addresses(home, os.environ).for_people.items()):
        if value:
            typer.echo(f"export {name}={shlex.quote(value)}")


def sample_data(
    context: typer.Context,
    *,
    home: Home = DEFAULT_HOME,
    generation: Annotated[
        Columns, typer.Option(help="Columns as newer or as older deployments have them.")
    ] = Columns.NEW,
    replace: Annotated[bool, typer.Option("--replace", help="Drop tables that hold other data.")] = False,
    views: Annotated[
        bool, typer.Option("--views", help="Put the views into the bucket as well, event by event.")
    ] = False,
    bucket: Annotated[str, typer.Option(help="The data lake's bucket.")] = "gourmetgram-datalake",
    sql: Annotated[
        Path | None, typer.Option("--sql", metavar="FILE", help="Write a script for psql instead, and fill nothing.")
    ] = None,
) -> None:
    """Fill the source database with sample data.

    It is a small, deterministic GourmetGram; called again, the command changes nothing. 95 of its images are
    settled and usable as of 2026-01-15T00:00:00Z; beside them stands what real data gets wrong.

    \b
    Examples:
      stockpot sample-data
      stockpot sample-data --sql sample.sql
      stockpot sample-data --views
      stockpot run moderation-training --as-of 2026-01-15T00:00:00Z \\
        --param views_from=events --param views_source=events/gourmetgram.views
    """
    if context.invoked_subcommand:
        return
    from components.shell.files import write_atomically
    from pipelines.local.services import Wanted, in_use
    from pipelines.samples.gourmetgram import sample
    from pipelines.samples.script import script
    from pipelines.samples.source import fill
    from pipelines.samples.topic import PREFIX, upload

    if sql:
        write_atomically(sql, script(generation.value).encode())
        return
    with in_use(home, os.environ, Wanted(postgres=True, store=views)) as endpoints:
        done = fill(endpoints.for_people["DATABASE_URL"], generation=generation.value, replace=replace)
        for table, what in done.items():
            typer.echo(f"{table}: {what}")
        if views:
            endpoints.put_into(os.environ)
            files = upload(sample(governance=generation is Columns.NEW).views, bucket)
            typer.echo(f"views: {files} files at {bucket}/{PREFIX}")
