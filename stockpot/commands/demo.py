"""`demo`: what `make run` and `make run-shop` do."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from components.shell.counts import counted
from components.shell.settings import Part, catalog_names, of
from stockpot.commands.options import DEFAULT_HOME, Form, Home
from stockpot.commands.running import carry_out, leave

if TYPE_CHECKING:
    from pathlib import Path

    from stockpot.local.endpoints import Endpoints


class Product(StrEnum):
    """Whose data there are to try things on."""

    MODERATION = "moderation"
    SHOP = "shop"


# The catalogue first: the others take from it what articles were at their time. The sample is that of one day, however
# long ago that is.
_SHOP: Mapping[str, Mapping[str, str]] = {
    "articles-content": {"oldest_hours": "1000000"},
    "user-item-interactions": {},
    "customer-features": {"allow_current_attributes": "true"},
    "timeseries": {},
    "reviews-nlp": {},
    "events-and-funnels": {},
}
_SHOWN = "retail.customer_features"
# What is the user's own, and would be written to or told of runs that are none of theirs.
_OWN = (Part.DATABASE, Part.POSTGRES, Part.STORE, Part.CATALOG, Part.KAFKA, Part.NOTIFY, Part.LINEAGE)


def demo(
    product: Annotated[Product, typer.Argument(help="Whose tables to build.")] = Product.MODERATION,
    home: Home = DEFAULT_HOME,
) -> None:
    """Build training tables from sample data.

    Fills the source and runs the pipelines: moderation-training and verify-pipeline, or the six of a shop. Called
    again it changes nothing, and says so. All of it lies in embedded services: databases and stores that the
    environment names, and whom it has told of runs, are left alone.

    \b
    Examples:
      stockpot demo
      stockpot demo shop
      stockpot demo --home /tmp/kitchen
    """
    from stockpot.local.services import Wanted, in_use

    with _own_left_aside(), in_use(home, os.environ, Wanted()) as endpoints:
        _DEMOS[product](endpoints, home)


@contextlib.contextmanager
def _own_left_aside() -> Iterator[None]:
    """For the time of a block the environment names no services of the user's, nor who is told of runs."""
    known = {name for each in of(*_OWN) for name in (each.name, *each.also)} | {*catalog_names(os.environ)}
    aside = {name: os.environ.pop(name) for name in sorted(known & os.environ.keys())}
    if said := [name for name, value in aside.items() if value.strip()]:
        own = "on services of your own: stockpot run PIPELINE"
        typer.echo(f"note: the demo uses embedded services alone and leaves {', '.join(said)} aside; {own}", err=True)
    try:
        yield
    finally:
        os.environ.update(aside)


def _moderation(endpoints: "Endpoints", home: "Path") -> None:
    from stockpot.samples.moments import AS_OF
    from stockpot.samples.source import fill

    done = fill(endpoints.for_people["DATABASE_URL"])
    _filled([table for table, what in done.items() if what != "unchanged"])
    _run("moderation-training", AS_OF, home, {})
    _run("verify-pipeline", None, home, {})


def _shop(endpoints: "Endpoints", home: "Path") -> None:
    from stockpot.samples.shop.scale import AS_OF, Scale
    from stockpot.samples.shop.source import fill

    _filled(list(fill(endpoints.for_people["DATABASE_URL"], Scale())))
    for name, given in _SHOP.items():
        _run(name, AS_OF, home, given)
    typer.echo(f"Look into a table: stockpot table {_SHOWN}")


_DEMOS: Mapping[Product, "Callable[[Endpoints, Path], None]"] = {
    Product.MODERATION: _moderation,
    Product.SHOP: _shop,
}


def _filled(changed: list[str]) -> None:
    typer.echo(f"Sample data: {'filled ' + ', '.join(changed) if changed else 'already there, unchanged'}")
    sys.stdout.flush()


def _run(name: str, as_of: datetime | None, home: "Path", given: Mapping[str, str]) -> None:
    from components.shell.instants import format_instant
    from stockpot.compiler.definitions import glance
    from stockpot.local.recovery import options_of
    from stockpot.local.runner import run_pipeline

    plan, options = glance(name), options_of(home if home != DEFAULT_HOME else None, None, "")
    at = format_instant(as_of) if as_of else None
    ended = carry_out(
        lambda listener: run_pipeline(
            plan.pipeline, given, home=home, reference=name, as_of=at, listener=listener, options=options
        ),
        home,
        Form.TEXT,
        plan.entry,
    )
    leave(ended)
    for task in ended.tasks:
        if "already_done" in task.details:
            state = "unchanged" if task.details["already_done"] else "updated"
            typer.echo(f"Table {task.details['table']}: {state}, {counted(task.rows_out or 0, 'row')} of this interval")
