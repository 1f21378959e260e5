"""Where the rows of a dataset may come from, the parameters that say so in a run, and the names that sources have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.shell.personal import Personal
from components.shell.projection import every_name, parse
from stockpot.modes import Parameter

POSTGRES, FILES, RAW = "postgres", "files", "raw"
SOURCE = Parameter("source", POSTGRES, f"Where the tables lie: `{POSTGRES}`, or `{FILES}` (CSV or Parquet).")
PATH = Parameter("source_path", "", f"For `{FILES}`: an absolute path or s3://bucket/prefix.")
SOURCE_OR_RAW = Parameter(
    "source", POSTGRES, f"{SOURCE.text[:-1]}, or `{RAW}`: what the pipeline raw-tables has landed of them by days."
)
NAMES = Parameter(
    "names", {}, "What the source calls a table or a column, as `@retail.yaml` has it; empty means what we call it."
)


@dataclass(frozen=True)
class Origins:
    """A run's tables lie in Postgres or in files, under names of their own.

    `known` are the tables, with their columns, of all datasets that share one mapping of names, `copied` those that
    this one takes. `landed` names the pipeline that lands them by days, where a run may read these in their place.
    """

    known: Mapping[str, Sequence[str]]
    copied: Mapping[str, Sequence[str]]
    landed: str = ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run."""
        text = "Which columns of which tables are copied; a table with a `?` may be missing."
        return (
            SOURCE_OR_RAW if self.landed else SOURCE,
            PATH,
            NAMES,
            Parameter("source_tables", dict(self.copied), text),
        )

    @property
    def names(self) -> list[str]:
        """All tables and columns that the mapping may have."""
        return every_name(parse(self.known, Personal()))


class Reads:
    """What a run is seen to read while its pipeline is written down, for `end_run` to record.

    Names that only a run knows are left out.
    """

    def __init__(self) -> None:
        self._tables: dict[str, None] = {}
        self._extracts: dict[str, list[str]] = {}
        self._source: Any = None

    def read(self, table: Any) -> None:
        """Remember an Iceberg table."""
        if isinstance(table, str):
            self._tables[table] = None

    def extract(self, tables: Any, source: Any = None) -> None:
        """Remember tables of the source, and the parameter that says where they lie, if one does."""
        if isinstance(tables, Mapping):
            self._extracts |= {name: [] for name in tables}
        if source is not None:
            self._source = source

    @property
    def inputs(self) -> dict[str, Any]:
        """The same, as `end_run` takes it."""
        reads = {"reads": list(self._tables)} if self._tables else {}
        extracts = {"extracts": dict(self._extracts)} if self._extracts else {}
        return {**reads, **extracts, **({} if self._source is None else {"source": self._source})}


@dataclass(frozen=True)
class Extracted:
    """What was extracted, by whichever task."""

    raw: Any

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What was extracted as `raw`, for a task to take."""
        return {"raw": self.raw}
