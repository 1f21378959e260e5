"""Names of one's own: a run and what is compiled know the names that are set, and none of the defaults."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from components.shell import default_names
from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from components.shell.settings import Part, read_settings
from stockpot.compiler import tracing

# A catalog's name has a dash where variables have an underscore; the database has a name that is a word of SQL.
OWN = {"STOCKPOT_CATALOG": "corner-shop", "STOCKPOT_BUCKET": "corner-lake", "STOCKPOT_DATABASE": "order"}
PREFIX = "PYICEBERG_CATALOG__CORNER_SHOP__"
ORDERS = '''
from datetime import timedelta
from components.shell.schema import Table, columns
from stockpot.dataset import Dataset
from stockpot.modes import IncrementalByTime

TABLE = Table("kitchen.orders", columns("order_id string!", "placed_at timestamptz!"), interval_column="placed_at")
MODE = IncrementalByTime(label_delay=timedelta(), lookback=timedelta())
DATASET = Dataset(name="orders", version="1", title="Orders", table=TABLE, mode=MODE)


@DATASET.pipeline
def orders(run) -> None:
    """Begin and end, and nothing between."""
'''
# Each line of the input is a command; what the first failed one exits with is the exit code.
SHELL = """
import json, sys
from stockpot.cli import app
for line in sys.stdin:
    app(json.loads(line), standalone_mode=False)
"""


def call(home: Path, *commands: tuple[str, ...]) -> str:
    """What the commands print under the names of one's own, all in one process."""
    ours = ("DATABASE_URL", "MINIO_", "PYICEBERG_", "KAFKA_", "STOCKPOT_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment = {**clean, **OWN, "STOCKPOT_HOME": str(home)}
    lines = "".join(f"{json.dumps(command)}\n" for command in commands)
    done = subprocess.run(
        [sys.executable, "-c", SHELL], input=lines, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def exported(tmp_path: Path) -> Any:
    """The addresses of the services under the names of one's own, after a run of a dataset."""
    (tmp_path / "orders.py").write_text(ORDERS)
    home = tmp_path / "home"
    run = ("run", f"{tmp_path}/orders.py:orders", "--as-of", "2026-01-01T00:00:00Z")
    try:
        said = call(home, ("services", "up"), run, ("services", "env"))
        lines = [line.removeprefix("export ") for line in said.splitlines() if line.startswith("export ")]
        yield {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}
    finally:
        call(home, ("services", "down", "--force"))


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("demo")
def test_a_run_knows_no_other_names(exported: dict[str, str]) -> None:
    """Settings, source, catalog, roles and bucket: all are called what they are to be called."""
    assert exported["DATABASE_URL"].partition("?")[0].endswith("/order")
    assert exported[f"{PREFIX}WAREHOUSE"] == "s3://corner-lake/warehouse"
    assert not [name for name in exported if name.startswith(CATALOG_PREFIX)]
    connection = psycopg2.connect(exported[f"{PREFIX}URI"].replace("+psycopg2", ""))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT catalog_name, table_namespace, table_name, metadata_location FROM iceberg_tables")
        ((*name, location),) = cursor.fetchall()
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY 1")
        roles = [role for (role,) in cursor.fetchall()]
        cursor.execute("SELECT pipeline FROM etl_runs")
        assert cursor.fetchall() == [("orders",)]
    connection.close()
    assert name == ["corner-shop", "kitchen", "orders"]
    assert location.startswith("s3://corner-lake/warehouse/kitchen/orders/")
    assert [role for role in roles if role != "postgres"] == ["order", "order_catalog", "order_reader"]


def test_what_is_compiled_knows_no_other_names(tmp_path: Path) -> None:
    """Each step that opens the catalog is told its name, and takes its settings by names made from that one."""
    compiled = [("compile", "moderation-training", "--target", of, "-o", str(tmp_path / of)) for of in ("argo", "kfp")]
    call(tmp_path, *compiled)
    texts = [(tmp_path / of / "moderation-training.yaml").read_text() for of in ("argo", "kfp")]
    for text in texts:
        assert CATALOG_PREFIX not in text
        assert default_names.BUCKET not in text
        assert "corner-lake" in text
    template = next(yaml.safe_load_all(texts[0]))
    steps = [step["container"]["env"] for step in template["spec"]["templates"] if "env" in step.get("container", {})]
    opening = [env for env in steps if any(each["name"] == f"{PREFIX}URI" for each in env)]
    assert opening
    assert [env for env in opening if {"name": "STOCKPOT_CATALOG", "value": "corner-shop"} not in env] == []
    executors = next(yaml.safe_load_all(texts[1]))["deploymentSpec"]["executors"].values()
    named = [each["container"]["env"] for each in executors if "env" in each["container"]]
    assert named == [[{"name": "STOCKPOT_CATALOG", "value": "corner-shop"}]] * len(opening)


@pytest.mark.parametrize("name", ["CATALOG", "BUCKET"])
def test_another_name_makes_traces_void(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A plan that was kept under one name is not that of another."""
    before = tracing._version()
    monkeypatch.setattr(tracing, name, "another")
    assert tracing._version() != before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("STOCKPOT_CATALOG", value) for value in ("Lake", "my_lake", "my--lake", "-lake", "lake-", "1", "a b", "é")),
        *(("STOCKPOT_BUCKET", value) for value in ("ab", "Lake", "my_lake", "-lake", "lake/raw", "l" * 64)),
        *(("STOCKPOT_DATABASE", value) for value in ("Shop", "my-shop", "pg_shop", "postgres", "all", "x" * 51, 'a"b')),
    ],
)
def test_what_is_no_name_is_refused(name: str, value: str) -> None:
    """Before anything is made under it."""
    with pytest.raises(ConfigurationError, match=f"{name} is no name of a "):
        read_settings({name: value}, [Part.NAMES])


def test_names_may_be_as_long_as_the_servers_take() -> None:
    """The longest of each, and what the defaults are."""
    longest = {"STOCKPOT_CATALOG": "c" * 63, "STOCKPOT_BUCKET": "b" * 63, "STOCKPOT_DATABASE": "d" * 50}
    assert read_settings(longest, [Part.NAMES]) == longest
    defaults = (default_names.CATALOG, default_names.BUCKET, default_names.DATABASE)
    given = dict(zip(longest, defaults, strict=True))
    assert read_settings(given, [Part.NAMES]) == given
