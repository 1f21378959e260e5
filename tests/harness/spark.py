"""One session of Spark for all tests of a process: `pytest -p tests.harness.spark`, as `make test-spark` has it."""

import os
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from components.shell.settings import COMPUTE
from components.shell.spark import spark


@pytest.fixture(scope="session", autouse=True)
def session() -> Iterator[None]:
    """A session that every engine of the tests uses, so that Java starts once."""
    with spark(os.environ[COMPUTE], "1GB"):
        session = SparkSession.getActiveSession()
        # Of few rows, to make programs of each query, to plan it anew midway and to divide them takes most of the time.
        session.conf.set("spark.sql.codegen.wholeStage", "false")
        session.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        session.conf.set("spark.sql.adaptive.enabled", "false")
        session.conf.set("spark.sql.shuffle.partitions", "1")
        yield
