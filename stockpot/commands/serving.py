"""`services`: the embedded Postgres and object store."""

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from stockpot.commands.options import DEFAULT_HOME, Form, Home, Output

_HELP = """The embedded Postgres and object store of a home.

\b
Examples:
  stockpot services up
  stockpot services status
  eval "$(stockpot services env)"
"""
services = typer.Typer(help=_HELP)


@services.command("up")
def services_up(home: Home = DEFAULT_HOME, output: Output = Form.TEXT) -> None:
    """Start what the environment does not name, and keep it running until `services down`.

    \b
    Examples:
      stockpot services up
      eval "$(stockpot services env)"
    """
    from stockpot.local.services import up

    described = up(home, os.environ).described
    if output is Form.JSON:
        _print_status(home)
        return
    for line in described:
        typer.echo(line)


@services.command("down")
def services_down(
    home: Home = DEFAULT_HOME,
    force: Annotated[bool, typer.Option("--force", help="Even while a run uses them.")] = False,
    output: Output = Form.TEXT,
) -> None:
    """Stop the embedded services; their data stays.

    \b
    Examples:
      stockpot services down
    """
    from stockpot.local.services import down

    down(home, force=force)
    if output is Form.JSON:
        _print_status(home)
        return
    typer.echo(f"stopped: no embedded service of {home} runs any more; its data stays")


@services.command("status")
def services_status(home: Home = DEFAULT_HOME, output: Output = Form.TEXT) -> None:
    """Say how each service stands, without starting any.

    \b
    Examples:
      stockpot services status
    """
    from stockpot.display.columns import fitted
    from stockpot.local.services import status

    if output is Form.JSON:
        _print_status(home)
        return
    statuses = status(home, os.environ)
    typer.echo(fitted(("SERVICE", "WHERE"), [(one.name, one.described) for one in statuses]))


def _print_status(home: Path) -> None:
    """Print how each service stands as JSON, which is what those want to know who have started or stopped them."""
    from stockpot.display.columns import print_json
    from stockpot.local.services import status

    statuses = status(home, os.environ)
    print_json(
        [{"service": one.name, "where": one.described, "running": one.running, "pid": one.pid} for one in statuses]
    )


@services.command("env")
def services_env(home: Home = DEFAULT_HOME, output: Output = Form.TEXT) -> None:
    """Print the endpoints as `export` lines, for other programs; the lines hold passwords.

    \b
    Examples:
      eval "$(stockpot services env)"; psql "$DATABASE_URL"
      stockpot services env --output json
    """
    from components.shell.errors import ConfigurationError
    from stockpot.display.columns import print_json
    from stockpot.local.services import addresses, status

    if any(one.running is False for one in status(home, os.environ)):
        raise ConfigurationError("an embedded service is not running", "start it first: stockpot services up")
    variables = {name: value for name, value in sorted(addresses(home, os.environ).for_people.items()) if value}
    if output is Form.JSON:
        print_json(variables)
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
