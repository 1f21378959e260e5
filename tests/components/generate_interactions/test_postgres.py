"""A feed in Postgres: read whole and exactly, or refused with nothing written."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest

from components.generate_interactions.schemas import READ
from components.shell.errors import ContractError, StepError, TransientError
from tests.components.generate_interactions.feeds import LONG_AGO, START, UNTIL, taken
from tests.harness.canary import leaks
from tests.harness.odd.relations import CANARY

_FEED = """
    CREATE TABLE users (user_id int, signup_date date, segment text);
    CREATE TABLE items (item_id bigint, creation_date timestamptz);
    CREATE TABLE interactions (
        interaction_id uuid, user_id int, item_id int, "timestamp" timestamptz, click bool, "like" bool, share bool,
        dwell_time double precision, device text, more jsonb
    );
    INSERT INTO users SELECT i, '2025-01-01', CASE WHEN i > 1 THEN 'power' END FROM generate_series(0, 2) i;
    INSERT INTO items SELECT i, '2025-01-01' FROM generate_series(0, 1) i;
    INSERT INTO interactions
    SELECT md5(i::text)::uuid, i % 3, i % 2, '2025-03-03 17:00:00.123456+00'::timestamptz + i / 4 * interval '1 second',
        i % 5 = 0, false, false, i / 100.0, 'desktop', '{}'
    FROM generate_series(1, 1000) i;
"""


@pytest.fixture
def execute(catalog_env: dict[str, str]) -> Callable[[str], None]:
    """Executes SQL in the source database, which holds a feed."""

    def run(statement: str) -> None:
        with psycopg2.connect(catalog_env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    run(_FEED)
    return run


def test_a_standby_that_is_behind_is_waited_for(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it lacks would be missing from the whole dataset; nothing is asked of its tables then."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("components.generate_interactions.bring.replayed", lambda _: UNTIL - timedelta(microseconds=1))
    with pytest.raises(TransientError, match="the standby is known to show what was committed by"):
        taken(tmp_path, "postgres")


@pytest.mark.usefixtures("execute")
def test_postgres_comes_whole_and_ordered(tmp_path: Path) -> None:
    """Types become those of the schema, microseconds stay, ties are ordered by the bytes of their id."""
    summary, tables = taken(tmp_path, "postgres")
    rows = tables["interactions"].to_pylist()
    assert summary.details == {
        "source": "postgres",
        "rows": {"interactions": 1000, "users": 3, "items": 2},
        "click_rate": 0.2,
    }
    assert rows == sorted(rows, key=lambda row: (row["timestamp"], row["interaction_id"]))
    assert rows[0]["timestamp"] == START + timedelta(microseconds=123456)
    assert sum(row["dwell_time"] for row in rows) == pytest.approx(5005)
    assert tables["users"]["segment"].to_pylist() == [None, None, "power"]
    assert tables["users"]["signup_date"].to_pylist() == [LONG_AGO] * 3


@pytest.mark.parametrize(
    ("change", "exit_code", "message"),
    [
        ("DROP TABLE items", 11, "the source database has no table 'items'"),
        (
            "ALTER TABLE users RENAME signup_date TO signup; ALTER TABLE items DROP creation_date",
            10,
            "users of the source has no column 'signup_date', did you mean signup?; items of the source has no column",
        ),
        ("UPDATE interactions SET user_id = 77 WHERE user_id = 1", 10, "users that do not exist, such as user_id 77"),
        ("INSERT INTO interactions SELECT * FROM interactions LIMIT 1", 10, "is there more than once (1 such id)"),
        ("ALTER TABLE interactions ALTER user_id TYPE text USING 'ann'", 10, "interactions cannot be read"),
        ("UPDATE interactions SET timestamp = '1969-12-31' WHERE click", 10, "one at 1969-12-31T00:00:00Z"),
        ("UPDATE interactions SET timestamp = '0044-03-15 BC' WHERE click", 10, "one at 0001-01-01T00:00:00Z"),
        ("UPDATE interactions SET device = NULL", 10, "column 'device' of interactions has null"),
    ],
)
def test_a_broken_database_is_refused_and_nothing_written(
    execute: Callable[[str], None], tmp_path: Path, change: str, exit_code: int, message: str
) -> None:
    """One line that names table and column, and not one file."""
    execute(change)
    with pytest.raises(StepError) as raised:
        taken(tmp_path, "postgres")
    assert message in str(raised.value)
    assert raised.value.exit_code == exit_code
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_nothing_else_is_read_and_each_column_is_missed(execute: Callable[[str], None], tmp_path: Path) -> None:
    """A value in another column is in no file; without one of those that are read the run stops, or tells of it."""
    for table in READ:
        execute(
            f"ALTER TABLE {table} ADD email text DEFAULT '{CANARY}', ADD preferred_category text DEFAULT '{CANARY}'"
        )
    before = taken(tmp_path, "postgres")[1]
    assert leaks({CANARY}, tmp_path) == []
    assert before["users"]["preferred_category"].null_count == 3
    for table, column in [(table, column) for table, columns in READ.items() for column in columns]:
        execute(f'ALTER TABLE {table} RENAME "{column}" TO elsewhere')
        if column == "segment":
            summary, after = taken(tmp_path, "postgres")
            assert summary.details["missing_columns"] == {"users": ["segment"]}
            assert after["users"] != before["users"]
        else:
            with pytest.raises(ContractError, match=f"^{table} of the source has no column '{column}'"):
                taken(tmp_path, "postgres")
        execute(f'ALTER TABLE {table} RENAME elsewhere TO "{column}"')
