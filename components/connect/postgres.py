"""Connections to Postgres whose failures say whether to try again."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from components.connect.network import PLAINTEXT, may_be_plain, system_authorities
from components.shell import addresses
from components.shell.errors import ConfigurationError, ContractError, StepError, TransientError
from components.shell.redaction import brief
from components.shell.settings import setting

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

# The server's own words where libpq gives no SQLSTATE (it gives none when a connection fails).
_WRONG_LOGIN = (
    "authentication failed", "no password supplied", "does not exist", "not permitted to log in", "pg_hba.conf",
    "permission denied for database", "no such database", "no such user",
)  # fmt: skip
# What libpq and OpenSSL say where the server does not prove itself, or does not know us by our certificate.
_UNPROVEN = (
    "certificate", "does not support SSL", "wrong version number", "unsupported protocol", "private key file",
    "unknown ca", "handshake failure",
)  # fmt: skip
_TO_PROVE = (
    "name its authorities in PGSSLROOTCERT or sslrootcert, and the host as in its certificate; "
    f"a host without TLS goes into {PLAINTEXT}"
)
# Modes of libpq's that send the password in the clear to whoever says that it has no TLS.
_PLAIN_MODES = ("disable", "allow", "prefer")
# What libpq says of a port that is no number, or of another option that cannot be what it is.
_WRONG_OPTION = "invalid "
# SQLSTATE classes that pass by themselves: connection lost, resources short, shutdown or cancelled, deadlock or
# serialisation failure, lock not to be had.
_PASSING = ("08", "53", "57P", "57014", "40", "55P03")
# SQLSTATE class of values that are wrong in themselves, such as a division by zero in a view.
_DATA = "22"
# A server that vanishes without a word is noticed within a minute, also where the address says nothing about it.
_KEEPALIVE: Mapping[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
# What defaults of a role or a database could change: the text forms of values, silently filtered rows, the order of
# rows.
_READING: Mapping[str, str] = MappingProxyType(
    {
        "timezone": "UTC",
        "datestyle": "ISO",
        "intervalstyle": "iso_8601",
        "extra_float_digits": "1",
        "bytea_output": "hex",
        "quote_all_identifiers": "off",
        "array_nulls": "on",
        "row_security": "off",
        "synchronize_seqscans": "off",
    }
)
_LOCK_SECONDS = 60
_NO_ENCODING = "SQL_ASCII"
_TRANSACTION_TIMEOUT_SINCE = 170000
# What PgBouncer says of an option that it was not told to let pass.
_POOLER_OPTION = "unsupported startup parameter"


def connect(url: str) -> "Connection":
    """A new connection that speaks UTF-8, whatever the database's encoding.

    Between it and the server may stand a pooler that gives every transaction another session. So nothing is set for the
    session (`options` belong to the user, in the address or PGOPTIONS): settings go into a transaction, as in `session`
    and `reading`. The encoding is a startup parameter that poolers keep for each client.

    Raises:
        ConfigurationError: the login, the database name or the form of the address is wrong, or the server does not
            prove itself.
        TransientError: nothing answers at the address.
    """
    import psycopg2

    ours = {"connect_timeout": 10, "client_encoding": "UTF8", "fallback_application_name": "stockpot", **_KEEPALIVE}
    parameters = secured(url) | ours
    try:
        connection: Connection = psycopg2.connect(**parameters)
    except psycopg2.OperationalError as error:
        text = " ".join(str(error).split())
        if text.startswith(_WRONG_OPTION):
            raise _unreadable() from None
        if _POOLER_OPTION in text:
            todo = "take it out of the address and PGOPTIONS, or add it to PgBouncer's ignore_startup_parameters"
            raise ConfigurationError(f"the pooler refused an option: {text}", todo) from None
        if any(sign in text for sign in _UNPROVEN):
            raise ConfigurationError(f"Postgres does not prove itself: {text}", _TO_PROVE) from None
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


def secured(url: str) -> dict[str, Any]:
    """What libpq gets: the address, and that the server has to prove itself, unless it may be without TLS.

    Raises:
        ConfigurationError: libpq cannot read the address, or it would send the password to another machine in the
            clear.
    """
    address = addresses.read(url)
    if address is None:
        raise _unreadable()
    parameters = dict(address.parameters)
    strange = [host for host in _reached(parameters) if not may_be_plain(host)]
    if not strange:
        return parameters
    mode = parameters.setdefault("sslmode", os.environ.get("PGSSLMODE") or "verify-full")
    if mode in _PLAIN_MODES:
        problem = f"sslmode={mode} lets the password go to {strange[0]} in the clear"
        raise ConfigurationError(problem, f"take it out of the address or PGSSLMODE, or name the host in {PLAINTEXT}")
    trusted = parameters.get("sslrootcert") or setting("PGSSLROOTCERT").value(os.environ) or _default_authorities(mode)
    if trusted:
        # The libpq that is used here was built with a place of its own for the system's.
        parameters["sslrootcert"] = system_authorities() if trusted == "system" else trusted
    return parameters


def _default_authorities(mode: str) -> str:
    return setting("SSL_CERT_FILE").value(os.environ) or "system" if mode.startswith("verify-") else ""


def _reached(parameters: Mapping[str, str]) -> Sequence[str]:
    """The machines that libpq would speak to."""
    environment = os.environ.get
    # An address of the environment counts before a host that is named, as to libpq.
    hosts = (
        parameters.get("hostaddr") or environment("PGHOSTADDR") or parameters.get("host") or environment("PGHOST", "")
    )
    return hosts.split(",") if hosts else [environment("PGSERVICE", "")]


def _unreadable() -> ConfigurationError:
    """Without the driver's words, which would repeat parts of the address, password and all."""
    return ConfigurationError("the Postgres address cannot be read", "write it as postgresql://user@host:5432/name")


@contextmanager
def session(url: str) -> Iterator["Connection"]:
    """A connection for one transaction in UTC: committed at the end, rolled back on an error, closed in any case."""
    connection = connect(url)
    try:
        with translated(), connection:
            set_locally(connection, {"timezone": "UTC"})
            yield connection
    finally:
        connection.close()


@contextmanager
def reading(url: str, snapshot: str = "") -> Iterator["Connection"]:
    """A connection in a read-only transaction that sees one instant: that of the exported `snapshot`, or its own.

    No default of a role or a database changes what is read. The instant is that of the first query.

    Raises:
        ConfigurationError, TransientError: as in `connect`; all errors of the driver inside, as in `classify`.
    """
    connection = connect(url)
    try:
        with translated():
            prepare(connection, snapshot)
            yield connection
    finally:
        leave(connection)


def prepare(connection: "Connection", snapshot: str = "") -> None:
    """Begin the transaction of `reading` on a new connection."""
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    unhurried(connection, lock_seconds=_LOCK_SECONDS)
    set_locally(connection, _READING)
    if connection.info.parameter_status("server_encoding") == _NO_ENCODING:
        # The server would end a query at the first text that is no UTF-8; so the reader has to look at every text.
        set_locally(connection, {"client_encoding": _NO_ENCODING})
    if snapshot:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION SNAPSHOT %s", (snapshot,))


def set_locally(connection: "Connection", settings: Mapping[str, str]) -> None:
    """Set what holds until the transaction ends, and not a moment longer on a session that others share.

    SET, unlike the function set_config, leaves a transaction without a snapshot: a lock may still come before it.
    """
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute(f"SET LOCAL {name} TO %s", (value,))


def unhurried(connection: "Connection", lock_seconds: int) -> None:
    """Let the transaction take its time, whatever limits its role has, but wait for locks no longer than that."""
    limits = ["statement_timeout", "idle_in_transaction_session_timeout"]
    if connection.server_version >= _TRANSACTION_TIMEOUT_SINCE:
        limits.append("transaction_timeout")
    set_locally(connection, {**dict.fromkeys(limits, "0"), "lock_timeout": f"{lock_seconds}s"})


def leave(connection: "Connection") -> None:
    """Close a connection, its transaction rolled back: a pooler throws away a session that was left in the middle."""
    import psycopg2

    with suppress(psycopg2.Error):
        connection.rollback()
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
    import psycopg2

    try:
        yield
    except psycopg2.Error as error:
        raise classify(error) from error


def classify(error: Exception) -> StepError:
    """The step error that stands for an error of the driver: transient, a broken value, or configuration."""
    state = getattr(error, "pgcode", None) or ""
    text = brief(error, 500)
    if state.startswith(_PASSING) or not state:
        return TransientError(f"Postgres was lost or busy: {text}", "try again")
    if state.startswith(_DATA):
        return ContractError(f"Postgres cannot give a value: {text}", "correct the row that holds it")
    return ConfigurationError(f"Postgres refused: {text}", "correct the table, column or right that it names")
