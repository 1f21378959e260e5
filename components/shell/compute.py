"""Which engine computes: DuckDB, or Spark where STOCKPOT_COMPUTE names one.

The environment says it and no parameter does, for it changes neither rows nor the run's key. A step that asks for its
engine here says by that that it computes the same on both; one that needs DuckDB's own asks components/shell/engine.py.
"""

import os
from contextlib import AbstractContextManager

from components.shell import engine as duckdb
from components.shell.engine import Backend
from components.shell.settings import COMPUTE, setting


def engine(memory: str, macros: str = "", **settings: object) -> AbstractContextManager[Backend]:
    """The engine that the environment names, which holds about `memory` (`1GB`).

    `macros` and `settings` are DuckDB's own; what macros say, components/shell/spark_sql.py says to Spark.

    Raises:
        ConfigurationError: the address is none, or what it needs is not there.
        TransientError: there is no room for what the engine holds or writes.
    """
    named = setting(COMPUTE)
    address = named.value(os.environ)
    if not address:
        return duckdb.engine(memory, macros, **settings)
    named.check(address)
    from components.shell.spark import spark

    return spark(address, memory)


def named(backend: Backend) -> dict[str, str]:
    """What a summary says of the engine; nothing of DuckDB, which is the rule."""
    return {} if isinstance(backend, duckdb.Engine) else {"engine": backend.name}
