"""The door for notebooks: `stockpot.read` and `stockpot.close`."""

import atexit
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from numbers import Integral
from pathlib import Path

from pyiceberg.expressions import And, BooleanExpression

from components.iceberg.conditions import equal, read_condition
from components.shell.errors import ConfigurationError
from components.shell.instants import parse_instant
from components.shell.settings import setting
from stockpot.local import endpoints
from stockpot.local.homes import HOME
from stockpot.local.rows import Rows
from stockpot.local.services import Wanted, held, in_use
from stockpot.local.tables import TableQuery, rows

_SPLIT = "split"
# The homes whose services this process keeps up.
_kept: dict[Path, ExitStack] = {}


def read(
    name: str,
    *,
    as_of: str | datetime | None = None,
    snapshot: int | None = None,
    split: str | None = None,
    columns: Sequence[str] | None = None,
    where: str | BooleanExpression | None = None,
    limit: int | None = None,
    home: str | Path | None = None,
) -> Rows:
    """Rows of an Iceberg table, to be taken as `.arrow()`, `.batches()`, `.pandas()`, `.polars()` or `.duckdb()`.

    Nothing but the files of the snapshot that may hold such rows is read, and only once a form is asked for.

    Args:
        name: Namespace and table, such as `moderation.training_data`.
        as_of: An instant: the snapshot that was current then. As text, ISO 8601 with an offset.
        snapshot: The id of a snapshot, in place of `as_of`.
        split: Rows whose column `split` has this value, such as `train`.
        columns: These columns, in this order; all where none are named.
        where: A condition in the form of pyiceberg's row filters, such as `category = 'soup' and views_5min > 3`.
        limit: At most so many rows.
        home: Where the embedded services lie if the environment names no others. Default: STOCKPOT_HOME, `.stockpot`.

    Raises:
        ConfigurationError: there is no such table, column or snapshot, the condition does not fit, or a setting
            is wrong.
        SourceGoneError: what was current at `as_of` has expired.
        TransientError: a service does not answer.
    """
    _require("name", name, str)
    _require("as_of", as_of, str, datetime, type(None))
    _require("snapshot", snapshot, Integral, type(None))
    _require("limit", limit, Integral, type(None))
    _require("split", split, str, type(None))
    condition = read_condition("" if where is None else where)
    if split:
        condition = And(condition, equal(_SPLIT, split))
    instant = parse_instant(as_of) if isinstance(as_of, str) else as_of
    if isinstance(columns, str):
        raise ConfigurationError(f"columns is the text '{columns}'", f"give a list: columns=['{columns}']")
    _require("columns", columns, Iterable, type(None))
    named = [] if columns is None else list(columns)
    for column in named:
        _require("one of columns", column, str)
    home_directory = Path(home or setting("STOCKPOT_HOME").value(os.environ) or HOME).resolve()
    with _reaching(home_directory):
        return rows(name, TableQuery(named, condition, limit, snapshot, instant))


def _require(name: str, value: object, *kinds: type) -> None:
    """Nothing, if the value is of one of these kinds.

    Raises:
        ConfigurationError: it is of another.
    """
    if not isinstance(value, kinds):
        kind_names = {
            str: "a text",
            datetime: "a datetime",
            Integral: "a whole number",
            Iterable: "a list",
            type(None): "None",
        }
        ways = " or ".join(kind_names[kind] for kind in kinds)
        raise ConfigurationError(f"{name} is {value!r}, a {type(value).__name__}", f"give {ways}")


def close() -> None:
    """Let go of embedded services that `read` has started: they stop unless somebody else uses them.

    The end of the process does the same. Rows that were read before can no longer be taken in another form.
    """
    while _kept:
        _, stack = _kept.popitem()
        stack.close()


@contextmanager
def _reaching(home: Path) -> Iterator[None]:
    """For the time of a block the environment names the services; embedded ones stay up until `close`.

    Afterwards it says what it did before, for whatever else the notebook starts. What is read later needs the store
    alone, whose address and keys the table keeps.
    """
    configured = endpoints.read(os.environ)
    if not (configured.postgres and configured.store):
        _keep(home)
    before = dict(os.environ)
    with in_use(home, os.environ, Wanted()) as services:
        services.put_into(os.environ)
        try:
            yield
        finally:
            for variable in services.for_people:
                os.environ.pop(variable, None)
                if variable in before:
                    os.environ[variable] = before[variable]


def _keep(home: Path) -> None:
    if home in _kept:
        return
    if not (home / "services").is_dir():
        raise ConfigurationError(
            f"there is no home with services at {home}",
            "name one with home= or STOCKPOT_HOME, or the services in the environment",
        )
    stack = ExitStack()
    stack.enter_context(held(home))
    _kept[home] = stack


atexit.register(close)
