"""What `migrate` creates, reconciles and refuses."""

import gc
from dataclasses import replace

import psycopg2
import pytest

from components.begin_run.begin import prepared
from components.begin_run.etl_runs import COLUMNS, reconcile_etl_runs
from components.begin_run.migrate import _LOCK, migrate
from components.connect.postgres import session
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.tables import Column, differences, parse_definition
from components.shell.errors import ConfigurationError, TransientError
from components.shell.names import CATALOG_PREFIX
from pipelines.moderation_training import TABLE

DEFINITION = TABLE
SMALL = parse_definition(
    {"name": "a.b", "columns": ["x string!", "n int", "t timestamptz!"], "partition": {"t": "day"}}
)


def execute(url, statement):
    """The rows that a statement gives, committed."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall() if cursor.description else []
    connection.close()
    return found


def test_everything_is_created_once(catalog_env):
    """The first run names what it made, the second has nothing to do."""
    assert migrate([DEFINITION]) == [
        "created table iceberg_tables",
        "created table iceberg_namespace_properties",
        "created table etl_runs",
        "created index etl_runs_pipeline_started_at",
        "created index etl_runs_run_key",
        "created namespace moderation",
        "created table moderation.training_data",
    ]
    assert migrate([DEFINITION]) == []


def test_many_tables_take_one_catalog(catalog_env, database_url):
    """However many are made, their catalog's connections are those of one."""
    named = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    migrate([replace(SMALL, name="a.first")])
    gc.collect()
    before = execute(database_url, named)[0][0]
    gc.disable()
    try:
        migrate([replace(SMALL, name=f"a.table_{number}") for number in range(6)])
        assert execute(database_url, named)[0][0] <= before + 2
    finally:
        gc.enable()


def test_the_table_is_what_its_definition_says(catalog_env):
    """The training table has the definition's columns and partitioning, and never retries a commit blindly."""
    migrate([DEFINITION])
    table = load_table(open_catalog(), "moderation.training_data")
    assert differences(DEFINITION, table.schema(), table.spec()) == []
    assert len(table.schema().fields) == 35
    assert [str(field.transform) for field in table.spec().fields] == ["day"]
    assert table.properties["commit.retry.num-retries"] == "0"
    assert table.format_version == 2


def test_nullable_columns_are_added_at_the_end(catalog_env):
    """A definition that grew by nullable columns grows the table, once."""
    migrate([SMALL])
    grown = replace(SMALL, columns=(*SMALL.columns, Column("p", "decimal(9,2)", required=False)))
    assert migrate([grown]) == ["added column p to table a.b"]
    assert migrate([grown]) == []
    table = load_table(open_catalog(), "a.b")
    assert differences(grown, table.schema(), table.spec()) == []


def test_a_column_may_be_null_from_now_on(catalog_env):
    """Once it is so, the table is what its definition says; a definition of before no longer fits."""
    migrate([SMALL])
    freed = replace(SMALL, columns=(Column("x", "string"), N, T, Column("p", "int")))
    assert migrate([freed]) == ["added column p to table a.b", "let column x of table a.b be null"]
    assert migrate([freed]) == []
    table = load_table(open_catalog(), "a.b")
    assert differences(freed, table.schema(), table.spec()) == []
    with pytest.raises(ConfigurationError, match="'x string' in the table and 'x string!' in the definition"):
        migrate([SMALL])


X, N, T = SMALL.columns
REFUSED = {
    "type": (
        (X, Column("n", "string", required=False), T),
        "column 'n' is 'n int' in the table and 'n string' in the definition",
    ),
    "nullability": ((X, Column("n", "int", required=True), T), "'n int!' in the definition"),
    "missing": ((X, T), "column 'n' is in the table and not in the definition"),
    "renamed": ((X, Column("m", "int", required=False), T), "column 'm' is in the definition and not in the table"),
    "order": ((N, X, T), "the columns stand in another order"),
    "new and never null": ((X, N, T, Column("p", "int", required=True)), "column 'p' is new and may not be null"),
}


@pytest.mark.parametrize(("columns", "difference"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_reconciled_is_refused(catalog_env, columns, difference):
    """Any other difference is named, and the table stays as it was."""
    migrate([SMALL])
    with pytest.raises(ConfigurationError) as caught:
        migrate([replace(SMALL, columns=columns)])
    assert difference in str(caught.value)
    table = load_table(open_catalog(), "a.b")
    assert differences(SMALL, table.schema(), table.spec()) == []


def test_another_partitioning_is_refused(catalog_env):
    """Old files would keep the old partitioning, so a new one needs a new table."""
    migrate([SMALL])
    with pytest.raises(ConfigurationError, match=r"partitioned by day\(t\), the definition says month\(t\)"):
        migrate([replace(SMALL, partition={"t": "month"})])


def test_the_property_that_loads_depend_on_is_restored(catalog_env):
    """A table made elsewhere gets `commit.retry.num-retries=0`."""
    migrate([SMALL])
    with load_table(open_catalog(), "a.b").transaction() as transaction:
        transaction.set_properties({"commit.retry.num-retries": "4"})
    assert migrate([SMALL]) == ["set commit.retry.num-retries=0 on table a.b"]


def test_an_older_etl_runs_gets_its_missing_columns(catalog_env, database_url):
    """Columns that `etl_runs` lacks are added, and its rows stay."""
    execute(database_url, "CREATE TABLE etl_runs (run_id text PRIMARY KEY, pipeline text, mine int)")
    execute(database_url, "INSERT INTO etl_runs (run_id) VALUES ('r')")
    changes = migrate([])
    assert [change for change in changes if "column" in change] == [
        f"added column {name} to etl_runs" for name in COLUMNS if name not in ("run_id", "pipeline")
    ]
    assert execute(database_url, "SELECT run_id, status, mine FROM etl_runs") == [("r", None, None)]


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("CREATE TABLE etl_runs (run_id text PRIMARY KEY, rows_in text)", "column 'rows_in' of table etl_runs is text"),
        ("CREATE TABLE etl_runs (run_id text)", "has not the primary key run_id"),
    ],
)
def test_another_etl_runs_is_refused(catalog_env, database_url, statement, difference):
    """A table of that name that is not ours is left alone."""
    execute(database_url, statement)
    with pytest.raises(ConfigurationError, match=difference):
        migrate([])


def test_a_held_lock_is_worth_another_try(catalog_env, database_url):
    """While somebody else migrates for longer than our patience, the exit code says try again."""
    other = psycopg2.connect(database_url)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        with pytest.raises(TransientError, match="another run changes tables"):
            migrate([SMALL], patience_seconds=1)
    other.close()
    assert "created table a.b" in migrate([SMALL])


def test_a_missing_bucket_or_wrong_keys_are_configuration(catalog_env, monkeypatch):
    """Keys that the store refuses are told as such."""
    monkeypatch.setenv(f"{CATALOG_PREFIX}S3__SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(ConfigurationError, match="the object store refused"):
        migrate([SMALL])


def test_what_a_beginning_changes_is_said(catalog_env, capsys):
    """A line for each change, and none where there is nothing to do."""
    assert prepared([TABLE.document()]).metadata.schemas
    assert "created table moderation.training_data" in capsys.readouterr().out.splitlines()
    prepared([TABLE.document()])
    assert capsys.readouterr().out == ""


def test_what_older_columns_say_of_runs_becomes_details(database_url):
    """Of a table that kept them in columns of their own, some of which it may lack; once, and nothing is lost."""
    with session(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE etl_runs (run_id text PRIMARY KEY, quality jsonb, views jsonb)")
        cursor.execute("""INSERT INTO etl_runs VALUES ('a', '{"met": 3}', '{"from": "events"}'), ('b', NULL, NULL)""")
        assert "added column details to etl_runs" in reconcile_etl_runs(cursor)
        cursor.execute("SELECT details, quality FROM etl_runs ORDER BY run_id")
        told = {"quality": {"met": 3}, "features": {"views": {"from": "events"}}}
        assert cursor.fetchall() == [(told, {"met": 3}), (None, None)]
        cursor.execute("UPDATE etl_runs SET details = '{}' WHERE run_id = 'a'")
        assert reconcile_etl_runs(cursor) == []
        cursor.execute("SELECT details FROM etl_runs WHERE run_id = 'a'")
        assert cursor.fetchone() == ({},)
