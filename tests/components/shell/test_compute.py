"""The environment names the engine; where it names none all is as it was, and what cannot be is told in a line."""

import subprocess
import sys
from pathlib import Path

import ibis
import pytest

from components.shell.compute import engine
from components.shell.engine import Engine
from components.shell.errors import ConfigurationError
from components.shell.settings import COMPUTE
from components.shell.spark_sql import query


def test_without_a_word_it_is_duckdb() -> None:
    """Nothing of Spark is imported, and the summary says nothing."""
    program = """
import sys
from components.shell.compute import engine, named
with engine("100MB") as backend: print(type(backend).__name__, named(backend))
print(sys.modules.keys() & {"pyspark", "components.shell.spark"})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={})
    assert done.stdout == f"{Engine.__name__} {{}}\nset()\n"


@pytest.mark.parametrize(
    ("address", "java", "said"),
    [
        ("yarn", "/usr", f"{COMPUTE} is no address of Spark - write local[*], or local[4] for four processors"),
        ("local[2]", "", "Spark needs Java 17, and there is no Java here - install a JDK 17, or set JAVA_HOME"),
        (
            "local[2]",
            "/usr",
            f"{COMPUTE} names Spark, and there is no PySpark here - unset it, or take an image that has PySpark",
        ),
    ],
)
def test_what_cannot_be_ends_with_11(
    address: str, java: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever is missing is named, with what to do."""
    monkeypatch.setenv(COMPUTE, address)
    monkeypatch.setenv("JAVA_HOME", java)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ConfigurationError) as caught, engine("100MB"):
        pass
    assert (str(caught.value), caught.value.exit_code) == (said, 11)


def test_doubles_stay_doubles_and_counts_of_nothing_are_zero() -> None:
    """To Spark `30.0` is a decimal, and a sum over no rows null."""
    rows = ibis.table({"number": "int64", "part": "float64"}, "rows")
    told = query(rows.agg(few=rows.count(where=rows.part < ibis.literal(30.0))))
    assert told == "SELECT COUNT_IF(`t0`.`part` < CAST('30.0' AS DOUBLE)) AS `few` FROM `rows` AS `t0`"


def test_numbers_in_no_order_need_no_row_to_wait_for_another() -> None:
    """Rows numbered in an order come together in one task of Spark's, and only those."""
    rows = ibis.table({"part": "float64"}, "rows")
    assert "ROW_NUMBER" not in query(rows.mutate(number=ibis.row_number()))
    assert "ROW_NUMBER" in query(rows.mutate(number=ibis.row_number().over(order_by="part")))
