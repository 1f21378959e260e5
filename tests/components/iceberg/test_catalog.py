"""Opening the catalog, and its errors."""

import subprocess
import sys

import pytest
from pyiceberg.expressions import AlwaysTrue

from components.begin_run.migrate import migrate
from components.connect.endpoints import runs_url
from components.connect.postgres import session
from components.iceberg.catalog import find_table, load_table, open_catalog, read_table, store_error
from components.iceberg.hours import planned
from components.shell.errors import ConfigurationError, TransientError
from components.shell.names import CATALOG_PREFIX as PREFIX
from tests.components.load_iceberg.scene import DEFINITION, TABLE


def test_opening_creates_nothing(catalog_env):
    """A catalog that was never migrated stays empty, and its tables are reported missing."""
    catalog = open_catalog()
    with pytest.raises(ConfigurationError, match="run the pipeline that fills it"):
        load_table(catalog, "moderation.training_data")
    assert migrate([])[0] == "created table iceberg_tables"


def test_a_table_is_read_as_the_catalog_gives_it(catalog_env):
    """What is found without SQLAlchemy is the same table in the same store, and cannot be committed to."""
    migrate([DEFINITION])
    found, given = read_table(DEFINITION.name), load_table(open_catalog(), DEFINITION.name)
    assert (found.name(), found.metadata, found.metadata_location) == (
        given.name(), given.metadata, given.metadata_location,
    )  # fmt: skip
    assert type(found.io) is type(given.io)
    assert found.io.properties.items() <= given.io.properties.items()
    with pytest.raises(NotImplementedError), found.transaction() as transaction:
        transaction.set_properties({"a": "b"})


def test_what_is_no_table_is_not_found(catalog_env):
    """In a catalog without tables, by a name without namespace, and by that of a view that others listed."""
    assert find_table(DEFINITION.name) is None
    migrate([DEFINITION])
    assert find_table("training_data") is None
    with session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE iceberg_tables SET iceberg_type = 'VIEW'")
    assert find_table(DEFINITION.name) is None
    with pytest.raises(ConfigurationError, match="does not exist in catalog"):
        read_table(DEFINITION.name)


def test_a_catalog_of_before_there_were_views_is_read(catalog_env):
    """Its tables have no kind."""
    migrate([DEFINITION])
    with session(runs_url()) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE iceberg_tables DROP COLUMN iceberg_type")
    assert read_table(DEFINITION.name).metadata == load_table(open_catalog(), DEFINITION.name).metadata


def test_who_reads_does_without_sqlalchemy(catalog_env):
    """It takes a third of the time in which a step starts, and only commits need it."""
    migrate([DEFINITION])
    code = (
        "import sys, components.begin_run.interval, components.load_iceberg.__main__, components.end_run.__main__,"
        " components.verify_table.__main__, components.read_iceberg.__main__; from components.begin_run.begin import"
        f" prepared; prepared([{TABLE!r}]); print('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_missing_setting_is_named(catalog_env, monkeypatch):
    """Address and warehouse have to be set."""
    monkeypatch.delenv(f"{PREFIX}WAREHOUSE")
    with pytest.raises(ConfigurationError, match="WAREHOUSE is not set"):
        open_catalog()
    monkeypatch.delenv(f"{PREFIX}URI")
    with pytest.raises(ConfigurationError, match="URI is not set"):
        open_catalog()


def test_only_sql_catalogs_are_spoken_to(catalog_env, monkeypatch):
    """A REST catalog gives another protocol its say."""
    monkeypatch.setenv(f"{PREFIX}TYPE", "rest")
    with pytest.raises(ConfigurationError, match="TYPE must be sql"):
        open_catalog()


def test_a_missing_database_is_configuration(catalog_env, monkeypatch):
    """A database that is not there would pass for an empty catalog."""
    monkeypatch.setenv(f"{PREFIX}URI", catalog_env[f"{PREFIX}URI"].replace("/test_", "/none_"))
    with pytest.raises(ConfigurationError, match="refused the login"):
        open_catalog()


def test_nobody_at_the_address_is_transient(catalog_env, monkeypatch):
    """A server that is away may come back; its password stays unsaid."""
    monkeypatch.setenv(f"{PREFIX}URI", "postgresql+psycopg2://u:hidden@127.0.0.1:1/x")
    with pytest.raises(TransientError) as caught:
        open_catalog()
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("AWS Error ACCESS_DENIED during PutObject operation"), 11),
        (OSError("AWS Error NO_SUCH_BUCKET during CreateMultipartUpload operation"), 11),
        (OSError("AWS Error INVALID_ACCESS_KEY_ID during HeadObject operation"), 11),
        (PermissionError("Cannot create file, access denied"), 11),
        (FileNotFoundError("Cannot open file, does not exist"), 11),
        (OSError("AWS Error SLOW_DOWN during UploadPart operation"), 75),
        (OSError("AWS Error NETWORK_CONNECTION: curlCode: 7"), 75),
        (OSError("AWS Error UNKNOWN (HTTP status 507) during UploadPart operation"), 75),
    ],
)
def test_store_errors_say_whether_to_try_again(error, code):
    """What a store refuses stays refused; everything else may pass."""
    assert store_error(error).exit_code == code


def test_a_store_that_fails_while_files_are_listed_is_transient():
    """Manifests lie in the store as well."""

    class Failing:
        """A table whose manifests cannot be read."""

        def scan(self, **_asked: object) -> "Failing":
            """Itself."""
            return self

        def plan_files(self) -> list[object]:
            """Nothing but an error."""
            raise OSError("AWS Error SLOW_DOWN during GetObject operation")

    with pytest.raises(TransientError, match="SLOW_DOWN"):
        planned(Failing(), 1, AlwaysTrue())
