"""Homes of before November 27th, 2026: one role, a superuser, owned the source and the catalog in one database.

After a kill both functions are called again from the first; `postgres_roles.make` comes between them.
"""

from pathlib import Path

from components.shell.identifiers import quoted
from components.shell.names import DATABASE
from stockpot.local.postgres_alone import MAINTENANCE, execute, holds
from stockpot.local.postgres_roles import CATALOG, OWNER, READER, has_database

_TABLES = ("iceberg_tables", "iceberg_namespace_properties", "etl_runs")  # of the catalog's database
_FIRST = 10  # the number of the superuser that initdb makes
_OURS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
_LOOSE = """NOT EXISTS (SELECT FROM pg_depend AS d
    WHERE d.objid = o.oid AND classid = o.tableoid AND deptype IN ('a', 'e', 'i'))"""
_OF = f"JOIN pg_namespace AS n ON n.oid = {{}}namespace WHERE {{}}owner = {_FIRST} AND {_OURS} AND {_LOOSE}"
# Whatever is still the superuser's; what hangs on something else, such as a sequence on its column, follows it.
_THINGS = f"""
SELECT format('TABLE %s', o.oid::regclass) AS thing, CASE nspname WHEN 'public' THEN relname END AS name
FROM pg_class AS o {_OF.format("rel", "rel")} AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
UNION ALL SELECT format('TYPE %s', o.oid::regtype), NULL FROM pg_type AS o
{_OF.format("typ", "typ")} AND typtype IN ('c', 'd', 'e', 'r')
UNION ALL SELECT format('ROUTINE %s', o.oid::regprocedure), NULL FROM pg_proc AS o {_OF.format("pro", "pro")}
UNION ALL SELECT format('SCHEMA %I', nspname), NULL FROM pg_namespace WHERE nspowner = {_FIRST} AND {_OURS}
"""  # noqa: S608 - made of what stands above
_NEW_OWNER = f"CASE WHEN each.name IN {_TABLES} THEN '{CATALOG}' ELSE '{OWNER}' END"


def part(data: Path) -> None:
    """Take name and password from the superuser, and give the catalog a database that begins as a copy of the source's.

    Raises:
        ConfigurationError: Postgres refuses.
    """
    if holds(data, f"EXISTS (SELECT FROM pg_roles WHERE oid = {_FIRST} AND rolname = '{OWNER}')"):
        execute(data, _renamed())
    if not has_database(data, CATALOG) and has_database(data, DATABASE):
        execute(data, [f"CREATE DATABASE {CATALOG} TEMPLATE {quoted(DATABASE)}"])


def hand_over(data: Path) -> None:
    """Give everything to the new owners, and drop from each database what belongs into the other.

    Raises:
        ConfigurationError: Postgres refuses, as where a view of the user's needs the catalog's tables.
    """
    owned = _for_each(_THINGS, f"'ALTER %s OWNER TO %I', each.thing, {_NEW_OWNER}")
    execute(data, [owned, f"DROP OWNED BY {quoted(OWNER)} CASCADE"], CATALOG)
    # Those that have an owner by now are somebody's own, made since.
    catalogs = _for_each(f"SELECT * FROM ({_THINGS}) AS t WHERE name IN {_TABLES}", "'DROP %s', each.thing")  # noqa: S608 - made of what stands above
    execute(data, [catalogs, owned, f"REVOKE pg_read_all_data FROM {READER}", *_readable()], DATABASE)


def _readable() -> list[str]:
    """The reader reads what is there already; `postgres_roles.make` saw to what is made later."""
    schemas = f"SELECT nspname AS name FROM pg_namespace WHERE {_OURS}"  # noqa: S608 - a condition from above
    rights = ("USAGE ON SCHEMA", "SELECT ON ALL TABLES IN SCHEMA", "SELECT ON ALL SEQUENCES IN SCHEMA")
    return [_for_each(schemas, f"'GRANT {right} %I TO {READER}', each.name") for right in rights]


def _renamed() -> list[str]:
    """Nobody can rename himself, so another superuser does, who is gone with the transaction."""
    return [
        "BEGIN",
        "CREATE ROLE stockpot_renames SUPERUSER",
        "SET SESSION AUTHORIZATION stockpot_renames",
        f"ALTER ROLE {quoted(OWNER)} RENAME TO {MAINTENANCE}",
        f"SET SESSION AUTHORIZATION {MAINTENANCE}",
        "DROP ROLE stockpot_renames",
        f"ALTER ROLE {MAINTENANCE} PASSWORD NULL",
        "COMMIT",
    ]


def _for_each(query: str, statement: str) -> str:
    """One line that carries out a statement, as arguments of `format`, for every row of a query."""
    loop = f"FOR each IN {query} LOOP EXECUTE format({statement}); END LOOP;"
    return " ".join(f"DO $do$ DECLARE each record; BEGIN {loop} END $do$".split())
