"""`sample-data` and `sample-data events`: a source to try things on, as rows and as streams of events."""

import logging
import os
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from components.shell.counts import counted
from components.shell.names import BUCKET
from stockpot.commands.options import DEFAULT_HOME, Form, Home, Output

sample_data = typer.Typer(invoke_without_command=True)

_SERVERS = "KAFKA_BOOTSTRAP_SERVERS"
_SEED = 20260115


class Columns(StrEnum):
    """Which columns the source's tables get."""

    NEW = "new"
    OLD = "old"


@sample_data.callback()
def fill_source(
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
    bucket: Annotated[str, typer.Option(help="The data lake's bucket.")] = BUCKET,
    sql: Annotated[
        Path | None, typer.Option("--sql", metavar="FILE", help="Write a script for psql instead, and fill nothing.")
    ] = None,
    output: Output = Form.TEXT,
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
    from stockpot.local.services import Wanted, in_use
    from stockpot.samples.gourmetgram import sample
    from stockpot.samples.script import script
    from stockpot.samples.source import fill
    from stockpot.samples.topic import PREFIX, upload

    if sql:
        write_atomically(sql, script(generation.value).encode())
        _print_result({"script": str(sql)}, [], output)
        return
    views_written: dict[str, Any] = {}
    with in_use(home, os.environ, Wanted(postgres=True, store=views)) as endpoints:
        done = fill(endpoints.for_people["DATABASE_URL"], generation=generation.value, replace=replace)
        lines = [f"{table}: {what}" for table, what in done.items()]
        if views:
            endpoints.put_into(os.environ)
            files, prefix = upload(sample(governance=generation is Columns.NEW).views, bucket), f"{bucket}/{PREFIX}"
            lines.append(f"views: {counted(files, 'file')} at {prefix}")
            views_written = {"views": {"files": files, "place": prefix}}
    _print_result({"tables": done, **views_written}, lines, output)


def _print_result(document: Mapping[str, Any], lines: Iterable[str], output: Form) -> None:
    """Print what was done, for programs or for people."""
    from stockpot.display.columns import print_json

    if output is Form.JSON:
        print_json(document)
        return
    for line in lines:
        typer.echo(line)


@sample_data.command("events")
def events(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write files, a folder per topic: DIR/TOPIC/*.jsonl.gz.")
    ] = None,
    kafka: Annotated[
        str | None, typer.Option("--kafka", metavar="SERVERS", help=f"Send to this broker. Default: ${_SERVERS}.")
    ] = None,
    count: Annotated[
        int, typer.Option("--events", min=0, help="So many more, on images that the sample database does not hold.")
    ] = 0,
    images: Annotated[int, typer.Option("--images", min=1, help="So many images for those.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Another seed gives other accidents and another crowd.")] = _SEED,
    repeated: Annotated[float, typer.Option(help="Share of events with an id of their own that come twice.")] = 0.05,
    repeat_views: Annotated[
        bool, typer.Option("--repeat-views", help="Repeat views too; nothing tells that, so each counts.")
    ] = False,
    late: Annotated[float, typer.Option(help="Share that comes late, by up to 48 hours.")] = 0.05,
    malformed: Annotated[float, typer.Option(help="Malformed records on top, as a share below 0.01.")] = 0.005,
    aborted: Annotated[float, typer.Option(help="Share sent in a transaction that is aborted first (Kafka).")] = 0.02,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of topics that are made (Kafka).")] = 3,
    replace: Annotated[bool, typer.Option("--replace", help="Drop events that DIR already holds.")] = False,
    output: Output = Form.TEXT,
) -> None:
    """Write the sample's views, comments, flags and uploads as streams of events.

    They are those of the rows that `stockpot sample-data` puts into Postgres, with what real streams get wrong:
    repeats, late and mixed-up events, malformed records, aborted transactions. The same options give the same records,
    so files are the same byte for byte; sending them to Kafka twice doubles the views.

    \b
    Examples:
      stockpot sample-data events --out events
      stockpot sample-data events --out big --events 1000000 --images 5000
      stockpot sample-data events --kafka localhost:9092
      stockpot run event-aggregation --events events
    """
    from components.shell.errors import ConfigurationError
    from stockpot.samples import archive, sending
    from stockpot.samples.stream import Shares, stream

    servers = kafka or ("" if out else os.environ.get(_SERVERS, ""))
    if bool(out) == bool(servers):
        wrong = "--out and --kafka exclude each other" if out else "it is not said where the events go"
        raise ConfigurationError(wrong, f"give --out DIR for files, or --kafka SERVERS (or {_SERVERS}) for a broker")
    shares = Shares(repeated, late, malformed, aborted, repeat_views)
    groups = stream(seed, count, images, shares)
    if out:
        written, destination = archive.write(groups, out, replace=replace), str(out)
    else:
        # What matters of the client's complaints comes as one line.
        logging.getLogger("kafka").addHandler(logging.NullHandler())
        written, destination = sending.send(groups, servers, partitions=partitions, seed=seed), servers
    lines = [f"{topic}: {counted(records, 'record')} at {destination}" for topic, records in written.items()]
    _print_result({"place": destination, "records": written}, lines, output)


@sample_data.command("shop")
def shop(
    *,
    home: Home = DEFAULT_HOME,
    customers: Annotated[int, typer.Option(min=1, help="So many customers.")] = 1000,
    articles: Annotated[int, typer.Option(min=21, help="So many articles.")] = 120,
    lines: Annotated[float, typer.Option(min=0.1, help="Purchased lines for each customer.")] = 23.2,
    days: Annotated[int, typer.Option(min=15, help="Days of history before 2026-01-15.")] = 120,
    until: Annotated[
        str, typer.Option(metavar="INSTANT", help="The shop as it stands at this instant, up to 30 days later.")
    ] = "2026-01-15T00:00:00Z",
    visits: Annotated[bool, typer.Option("--events/--no-events", help="With events and wish lists.")] = True,
    seed: Annotated[int, typer.Option(min=1, help="Another seed gives another shop.")] = _SEED,
    files: Annotated[
        Path | None,
        typer.Option("--files", metavar="DIR", help="Write what the public H&M files have of it instead, as CSV."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop tables of these names that hold other data, or files.")
    ] = False,
    output: Output = Form.TEXT,
) -> None:
    """Fill the source database with a fashion shop: articles, customers, purchases, visits and reviews.

    The same options give the same rows; called again, the command changes nothing. Another --until shows the same shop
    on another day: prices and stock have changed, articles have come and gone, late purchases are told.

    \b
    Examples:
      stockpot sample-data shop
      stockpot sample-data shop --until 2026-01-16T00:00:00Z
      stockpot sample-data shop --customers 1371980 --articles 105542 --days 734 --no-events
      stockpot sample-data shop --files shop
    """
    from components.shell.instants import parse_instant
    from stockpot.local.services import Wanted, in_use
    from stockpot.samples.shop import public
    from stockpot.samples.shop.scale import Scale
    from stockpot.samples.shop.source import fill

    scale = Scale(customers, articles, lines, days, visits and not files, parse_instant(until), seed)
    if files:
        rows = public.write(files, scale, replace=replace)
        report = [f"{files / name}: {counted(number, 'row')}" for name, number in rows.items()]
        _print_result({"place": str(files), "rows": rows}, report, output)
        return
    with in_use(home, os.environ, Wanted(postgres=True, store=False)) as endpoints:
        written = fill(endpoints.for_people["DATABASE_URL"], scale, replace=replace)
    report = [f"{table}: {counted(number, 'row')}" for table, number in written.items()]
    _print_result({"rows": written}, report or ["unchanged: the database holds this shop already"], output)
