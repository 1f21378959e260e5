"""The sample as a script for psql."""

import subprocess
from pathlib import Path

import psycopg2

from stockpot.local.postgres_programs import programs
from stockpot.samples.script import script
from stockpot.samples.source import fill

COMMITTED = Path(__file__).parents[3] / "manifests/overlays/demo/postgres/sample.sql"
PSQL = programs() / "psql"


def test_the_committed_script_is_up_to_date() -> None:
    """`make manifests` wrote the script that the demo's database is filled with."""
    assert COMMITTED.read_text() == script()


def test_the_script_gives_what_sample_data_gives(database_url: str) -> None:
    """After the script, `stockpot sample-data` finds each table just as it would have filled it."""
    command = [PSQL, "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file", str(COMMITTED), database_url]
    subprocess.run(command, check=True, capture_output=True)
    assert set(fill(database_url).values()) == {"unchanged"}
    connection = psycopg2.connect(database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM images")
        assert cursor.fetchone() == (119,)
    connection.close()
