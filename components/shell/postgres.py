"""Connections to Postgres whose failures say whether to try again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from components.shell.errors import ConfigurationError, ContractError, StepError, TransientError

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812

# The server's own words where libpq gives no SQLSTATE (it gives none when a connection fails).
_WRONG_LOGIN = (
    "authentication failed", "no password supplied", "does not exist", "not permitted to log in", "pg_hba.conf",
    "permission denied for database",
)  # fmt: skip
# What libpq says of a port that is no number, or of another option that cannot be what it is.
_WRONG_OPTION = "invalid "
# SQLSTATE classes that pass by themselves: connection lost, resources short, shutdown or cancelled, deadlock or
# serialisation failure, lock not to be had.
_PASSING = ("08", "53", "57P", "57014", "40", "55P03")
# SQLSTATE class of values that are wrong in themselves, such as a division by zero in a view.
_DATA = "22"
# A server that vanishes without a word is noticed within a minute, also where the address says nothing about it.
_KEEPALIVE: dict[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


def connect(url: str) -> "Connection":
    """A new connection with UTC as its time zone.

    Raises:
        ConfigurationError: the login, the database name or the form of the address is wrong.
        TransientError: nothing answers at the address.
    """
    import psycopg2  # noqa: PLC0415 - only steps that speak to Postgres have the driver

    try:
        connection: Connection = psycopg2.connect(
            url, connect_timeout=10, options="-c timezone=UTC", fallback_application_name="stockpot", **_KEEPALIVE
        )
    except psycopg2.OperationalError as error:
        text = " ".join(str(error).split())
        if text.startswith(_WRONG_OPTION):
            raise _unreadable() from None
        if any(sign in text for sign in _WRONG_LOGIN):
            raise ConfigurationError(
                f"Postgres refused the login: {text}", "check user, password and database in the secret"
            ) from None
        raise TransientError(
            f"Postgres does not answer: {text}", "check that the server runs and the address is right"
        ) from None
    except psycopg2.ProgrammingError:
        raise _unreadable() from None
    return connection


def _unreadable() -> ConfigurationError:
    """Without the driver's words, which would repeat parts of the address, password and all."""
    return ConfigurationError("the Postgres address cannot be read", "write it as postgresql://user@host:5432/name")


@contextmanager
def session(url: str) -> Iterator["Connection"]:
    """A connection for one transaction: committed at the end, rolled back on an error, closed in any case."""
    connection = connect(url)
    try:
        with translated(), connection:
            yield connection
    finally:
        connection.close()


def clock(url: str) -> datetime:
    """What the database's clock says, in UTC: the one clock that all who ask it share.

    Raises:
        ConfigurationError, TransientError: as in `connect`.
    """
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone() or (None,)
    if not isinstance(now, datetime):
        raise ConfigurationError("the catalog's database does not tell the time", "use Postgres")
    return now.astimezone(UTC)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into errors with an exit code."""
    import psycopg2  # noqa: PLC0415

    try:
        yield
    except psycopg2.Error as error:
        raise classify(error) from error


def classify(error: Exception) -> StepError:
    """The step error that stands for an error of the driver: transient, a broken value, or configuration."""
    state = getattr(error, "pgcode", None) or ""
    text = " ".join(str(error).split())[:500]
    if state.startswith(_PASSING) or not state:
        return TransientError(f"Postgres was lost or busy: {text}", "try again")
    if state.startswith(_DATA):
        return ContractError(f"Postgres cannot give a value: {text}", "correct the row that holds it")
    return ConfigurationError(f"Postgres refused: {text}", "correct the table, column or right that it names")
