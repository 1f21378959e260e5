"""The roles of the embedded Postgres: each owns one database and nothing else, and nobody can log in as superuser."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from components.shell.identifiers import quoted
from components.shell.names import DATABASE
from stockpot.local.postgres_alone import execute, holds

OWNER, READER = DATABASE, f"{DATABASE}_reader"
CATALOG = f"{DATABASE}_catalog"  # the role, and the database that it owns
_OWNERS = {DATABASE: OWNER, CATALOG: CATALOG}
# The whole of `pg_hba.conf`: whoever is not named here is refused, the superuser among them.
LOGINS = "".join(
    f"host {database} {role} 127.0.0.1/32 scram-sha-256\n"
    for database, role in ((DATABASE, OWNER), (DATABASE, READER), (CATALOG, CATALOG))
)
_NOTHING_MORE = "NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS"


@dataclass(frozen=True)
class Passwords:
    """The passwords of those who may log in: the source's owner, its reader, and the catalog."""

    owner: str = field(repr=False)
    reader: str = field(repr=False)
    catalog: str = field(repr=False)


def make(data: Path, passwords: Passwords, existing: Collection[str] = ()) -> None:
    """Make roles and databases in the data directory of a server that does not run; the `existing` ones are changed.

    Where there are none the directory is as new as `initdb --no-sync` makes it, and the disk is not waited for either.

    Raises:
        ConfigurationError: Postgres refuses.
    """
    passwords_by_role = {OWNER: passwords.owner, READER: passwords.reader, CATALOG: passwords.catalog}
    roles = [
        f"{'ALTER' if role in existing else 'CREATE'} ROLE {quoted(role)} {_login(word)}"
        for role, word in passwords_by_role.items()
    ]
    created = [f"CREATE DATABASE {quoted(name)} STRATEGY file_copy" for name in _OWNERS if f"{name}/" not in existing]
    owned = [f"ALTER DATABASE {quoted(name)} OWNER TO {quoted(role)}" for name, role in _OWNERS.items()]
    execute(data, [*roles, *created, *owned, *_bounds()], sync=bool(existing))
    execute(data, _reading(), DATABASE, sync=bool(existing))


def there(data: Path) -> frozenset[str]:
    """What `make` would find: names of roles, and names of databases with a slash behind them."""
    roles = {role for role in (OWNER, READER, CATALOG) if _holds_name(data, "pg_roles", "rolname", role)}
    return frozenset(roles | {f"{name}/" for name in _OWNERS if has_database(data, name)})


def has_database(data: Path, name: str) -> bool:
    """Whether there is a database of that name."""
    return _holds_name(data, "pg_database", "datname", name)


def _holds_name(data: Path, table: str, column: str, name: str) -> bool:
    return holds(data, f"EXISTS (SELECT FROM {table} WHERE {column} = '{name}')")


def _login(password: str) -> str:
    quoted = password.replace("'", "''")
    return f"LOGIN PASSWORD '{quoted}' {_NOTHING_MORE}"


def _bounds() -> list[str]:
    """Each role is let into its own database alone."""
    return [
        f"REVOKE ALL ON DATABASE {quoted(DATABASE)}, {CATALOG}, postgres, template1 FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {quoted(DATABASE)} TO {READER}",
        f"ALTER ROLE {READER} SET default_transaction_read_only = on",
    ]


def _reading() -> list[str]:
    """The reader reads whatever the owner will make. `pg_read_all_data` would read the passwords' hashes too."""
    rights = (("SELECT", "TABLES"), ("SELECT", "SEQUENCES"), ("USAGE", "SCHEMAS"))
    return [
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(OWNER)} GRANT {right} ON {kind} TO {READER}"
        for right, kind in rights
    ]
