"""Spark behind the verbs of components/shell/engine.py: for what one node cannot hold.

It writes what it holds and what it hands over to a directory of its own, and never the datasets of a step: those have
their form from components/shell/datasets.py, whichever engine computed them. PySpark is imported where it is used.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.shell import engine as duckdb
from components.shell.control_group import engine_memory, processors
from components.shell.errors import ConfigurationError, ContractError, TransientError
from components.shell.redaction import brief
from components.shell.settings import COMPUTE

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # What does not fit its type is an error, as it is to DuckDB; and no digits of a product are given up for its size.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # Else instants are written in a form that has nanoseconds and no zone.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # A driver listens, and asks nobody for a password.
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
_DOES_NOT_FIT = re.compile(r"ARITHMETIC_OVERFLOW|CAST_OVERFLOW|NUMERIC_VALUE_OUT_OF_RANGE|CAST_INVALID_INPUT")
_NO_ROOM = re.compile(r"No space left on device|OutOfMemoryError|SparkOutOfMemoryError")


class Spark:
    """A session of Spark's, whose tables last as long as its directory. Only `spark` makes one."""

    def __init__(self, session: Any, directory: Path) -> None:
        self._session = session
        self._directory = directory
        self._written = 0

    @property
    def name(self) -> str:
        """The engine, as a summary names it."""
        return f"spark {self._session.version}"

    def read_parquet(self, files: Sequence[str]) -> "ir.Table":
        """The rows of Parquet files as a table; UUIDs, which Spark cannot read, as texts by way of a copy."""
        import ibis
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pq.read_schema(files[0])
        if uuids := [column.name for column in schema if column.type == pa.uuid()]:
            return self.read_parquet([self._with_texts(files, uuids)])
        self._written += 1
        name = f"parquet_{self._written}"
        self._session.read.parquet(*files).createOrReplaceTempView(name)
        return ibis.table(ibis.Schema.from_pyarrow(schema), name)

    def given(self, name: str, rows: "pa.Table") -> "ir.Table":
        """Few rows of ours as the table `name`, in place of one before."""
        import ibis
        import pyarrow.parquet as pq

        self._written += 1
        file = self._directory / f"{self._written}.parquet"
        pq.write_table(rows, file)
        self._session.read.parquet(str(file)).createOrReplaceTempView(name)
        return ibis.table(ibis.Schema.from_pyarrow(rows.schema), name)

    def compile(self, table: "ir.Table") -> str:
        """The query that computes the table."""
        from components.shell.spark_sql import query

        return query(table)

    def hold(self, name: str, query: str) -> None:
        """Compute the query once, into files, which other queries read as the table `name`."""
        self._session.read.parquet(str(self._computed(query))).createOrReplaceTempView(name)

    def few(self, query: str) -> "pa.Table":
        """All rows of the query at once."""
        return self._session.sql(query).toArrow()

    def batches(self, query: str, rows: int) -> Iterator["pa.RecordBatch"]:
        """The rows of the query in their order: Spark writes them to files first, whose names are in that order."""
        import pyarrow.parquet as pq

        directory = self._computed(query)
        for file in sorted(directory.glob("*.parquet")):
            yield from pq.ParquetFile(file).iter_batches(rows)
        shutil.rmtree(directory)

    def _with_texts(self, files: Sequence[str], uuids: Sequence[str]) -> str:
        """A file with the same rows, of which these columns are texts."""
        self._written += 1
        file = str(self._directory / f"{self._written}.parquet")
        with duckdb.engine("200MB") as copier:
            rows = copier.read_parquet(files)
            query = copier.compile(rows.mutate(**{column: rows[column].cast("string") for column in uuids}))
            copier.result(lambda connection: connection.sql(query).write_parquet(file))
        return file

    def _computed(self, query: str) -> Path:
        """A directory with the rows of the query as Parquet."""
        self._written += 1
        directory = self._directory / str(self._written)
        self._session.sql(query).write.parquet(str(directory))
        return directory


@contextmanager
def spark(address: str, memory: str) -> Iterator[Spark]:
    """A session of Spark's at this address, `local[*]`, which holds at most `memory` (`1GB`), in a large pod more.

    Where the process has a session already that one is used, and goes on.

    Raises:
        ConfigurationError: PySpark or Java is not there.
        TransientError: there is no room for what it holds or writes.
    """
    session_class = _session_class()
    going = session_class.getActiveSession()
    with tempfile.TemporaryDirectory(prefix="spark-") as scratch:
        builder = session_class.builder.master(_with_processors(address))
        own = {
            "spark.driver.memory": engine_memory(memory).removesuffix("B"),
            "spark.sql.shuffle.partitions": str(processors()),
            "spark.local.dir": scratch,
            "spark.sql.warehouse.dir": f"{scratch}/warehouse",
        }
        for name, value in ({} if going else {**_SETTINGS, **own}).items():
            builder = builder.config(name, value)
        with _translated():
            session = going or builder.getOrCreate()
            try:
                yield Spark(session, Path(scratch))
            finally:
                if not going:
                    session.stop()


def _session_class() -> Any:
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise ConfigurationError("Spark needs Java 17, and there is no Java here", "install a JDK 17, or set JAVA_HOME")
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ConfigurationError(
            f"{COMPUTE} names Spark, and there is no PySpark here", "unset it, or take an image that has PySpark"
        ) from None
    return SparkSession


def _with_processors(address: str) -> str:
    """The address; `*` means the container's processors, of which Java may know nothing."""
    return address.replace("*", str(processors()))


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what overflows into an error of data, and lack of memory or disk into one that says to try again.

    Spark's own words would have the value, which may be anybody's.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        if _DOES_NOT_FIT.search(str(error)):
            raise ContractError(
                "a value or a sum does not fit its type", "look for amounts out of all proportion in the source"
            ) from None
        if match := _NO_ROOM.search(str(error)):
            raise TransientError(
                f"Spark ran out of room: {brief(match[0], 300)}", "give the step more disk or memory"
            ) from None
        raise
