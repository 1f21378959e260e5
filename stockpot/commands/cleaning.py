"""`clean`: what takes room and nobody needs any more."""

import contextlib
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from components.shell.counts import counted
from stockpot.commands.options import DEFAULT_HOME, Form, Home, Output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stockpot.local.cleaning import Item, Kind, Wish

# Held in the home by who removes something.
_LOCK = "cleaning.lock"


def clean(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHAT]...",
            help="`runs`, `environments`, `results` (of cached steps), `plans`, `reports` (fetched from a cluster). "
            "Default: these five. `stores` too: the embedded Postgres and object store with all tables.",
        ),
    ] = None,
    *,
    older_than: Annotated[
        str,
        typer.Option(
            "--older-than",
            metavar="AGE",
            help="What was not used for so long: 12h, 30d, 2w. Default: STOCKPOT_RETENTION_DAYS, or 30d.",
            show_default=False,
        ),
    ] = "",
    keep: Annotated[int, typer.Option("--keep", min=0, help="So many newest runs of each pipeline stay.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it. Without this it is only listed.")] = False,
    home: Home = DEFAULT_HOME,
    output: Output = Form.TEXT,
) -> None:
    """List what nobody has used for a while, with its size; with --yes, remove it.

    A run that goes on stays, and of environments, results, plans and fetched reports those that were used within a day.
    A run goes with its report, its logs and the rows that it rejected; tables stay. The stores go whatever their age,
    but only where they are named.

    \b
    Examples:
      stockpot clean
      stockpot clean runs --older-than 2w --keep 5 --yes
      stockpot clean environments --yes
    """
    from stockpot.display.columns import print_json
    from stockpot.local.ages import freed, kept_for
    from stockpot.local.cleaning import UNNAMED, Wish, cleanable
    from stockpot.local.locks import exclusive

    wish = Wish(_kinds(what) or UNNAMED, kept_for(older_than, os.environ), keep)
    items = cleanable(home, wish)
    gone: dict[Item, int] = {}
    if yes and items:
        with contextlib.ExitStack() as stack:
            # On a disk that is full there may be no room for the lock, and it is then that room is made.
            with contextlib.suppress(OSError):
                stack.enter_context(exclusive(home / _LOCK))
            gone.update(_removed(home, items))
    room = sum(gone.values()) if yes else freed(item.path for item in items)
    if output is Form.JSON:
        print_json({"items": [_document(item, is_gone=item in gone) for item in items], "frees": room})
        return
    _print(items, room, gone=len(gone) if yes else None)


def _kinds(what: list[str] | None) -> "list[Kind]":
    """What was named.

    Raises:
        ConfigurationError: something else was.
    """
    from components.shell.errors import ConfigurationError
    from stockpot.local.cleaning import Kind

    for name in what or ():
        if name not in set(Kind):
            raise ConfigurationError(f"'{name}' cannot be cleaned", f"name some of: {', '.join(Kind)}")
    return [Kind(name) for name in what or ()]


def _removed(home: Path, items: "list[Item]") -> "Iterator[tuple[Item, int]]":
    """Remove the items: each that is gone now, with the bytes that this has given back."""
    from stockpot.local.ages import freed
    from stockpot.local.cleaning import remove

    try:
        # The stores first: they are refused while a run uses them, and then nothing is gone yet.
        for item in reversed(items):
            frees = freed([item.path])
            if remove(home, item):
                yield item, frees
    finally:
        _index(home)


def wish_after_runs(environ: "Mapping[str, str]") -> "Wish | None":
    """What a run removes at its end; None where STOCKPOT_CLEAN_AFTER_RUNS does not say so.

    Raises:
        ConfigurationError: a setting has a value that it cannot have.
    """
    from components.connect.endpoints import is_true
    from components.shell.settings import setting
    from stockpot.local.ages import kept_for
    from stockpot.local.cleaning import Wish

    if not is_true(setting("STOCKPOT_CLEAN_AFTER_RUNS").usable(environ)):
        return None
    return Wish(age=kept_for("", environ), keeps_open=True)


def clean_after_run(home: Path, environ: "Mapping[str, str]", stream: TextIO) -> None:
    """Where a setting says so, remove what a run removes at its end, and say what went.

    That this fails or is stopped must not change how the run ended.
    """
    from components.shell.step import verdict

    gone: dict[Item, int] = {}
    try:
        gone.update(_removed_after_run(home, environ))
    except KeyboardInterrupt:
        print("Cleaning stopped", file=stream, flush=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run itself is over and has its own outcome
        print(f"Cleaning failed: {verdict(error)[0]}", file=stream, flush=True)
    if gone:
        counts = Counter(item.kind.removesuffix("s") for item in reversed(gone))
        text = ", ".join(counted(number, kind) for kind, number in counts.items())
        print(f"Cleaned: {text} removed, {_megabytes(sum(gone.values()))} freed", file=stream, flush=True)


def _removed_after_run(home: Path, environ: "Mapping[str, str]") -> "Iterator[tuple[Item, int]]":
    """As `_removed`; of several runs of a home that end at once, one does it."""
    from stockpot.local.cleaning import cleanable
    from stockpot.local.locks import if_free

    if wish := wish_after_runs(environ):
        with if_free(home / _LOCK) as is_ours:
            if is_ours and (items := cleanable(home, wish)):
                yield from _removed(home, items)


def _index(home: Path) -> None:
    """Have the index and the reports that are left lead to each other."""
    from stockpot.local.records import list_runs, runs_directory
    from stockpot.report.index import write_index

    if runs_directory(home).is_dir():
        write_index(home, *(run.id for run in list_runs(home)))


def _print(items: "list[Item]", room: int, gone: int | None) -> None:
    from stockpot.display.columns import fitted

    if not items:
        typer.echo("nothing to remove")
        return
    lines = [(item.kind, item.name, f"{item.used:%Y-%m-%d}", _megabytes(item.bytes)) for item in items]
    typer.echo(fitted(("WHAT", "NAME", "LAST USED", "SIZE"), lines, spare=("LAST USED",)))
    if gone is None:
        typer.echo(f"{len(items)} to remove, which frees {_megabytes(room)}; nothing is removed without --yes")
    else:
        stays = (
            f"; {len(items) - gone} came into use, went meanwhile, or may not be removed" if gone < len(items) else ""
        )
        typer.echo(f"{gone} removed, {_megabytes(room)} freed{stays}")


def _megabytes(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"


def _document(item: "Item", *, is_gone: bool) -> dict[str, object]:
    return {
        "what": item.kind,
        "name": item.name,
        "path": str(item.path),
        "last_used": item.used.isoformat(),
        "bytes": item.bytes,
        "removed": is_gone,
    }
