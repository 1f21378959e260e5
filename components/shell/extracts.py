"""What an extract leaves, whatever it reads: a dataset per table under one manifest, and the rejected rows."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from components.shell import datasets
from components.shell.datasets import MANIFEST, Manifest
from components.shell.files import write_atomically
from components.shell.instants import parse_instant
from components.shell.summary import Summary

log = logging.getLogger(__name__)

FRESH = timedelta(hours=36)
"""How long after an instant a source is read that still has its attributes as they were then."""
REJECTED = pa.schema([(name, pa.string()) for name in ("table", "column", "reason", "row")])


@dataclass(frozen=True)
class Places:
    """Where an extract writes: a directory with a dataset per table, and the dataset of rejected rows."""

    raw: Path
    rejected: Path


@dataclass(frozen=True)
class Extracted:
    """A table as it was extracted: our name, where the source has it, its columns and their types, and its files.

    Columns of which the source has none, and of which all rows have nulls, are in `missing`; where the source has no
    such table at all it is `absent`.
    """

    name: str
    schema: str
    columns: Mapping[str, str]
    missing: Sequence[str]
    manifest: Manifest
    absent: bool = False

    @property
    def described(self) -> dict[str, Any]:
        """The table as the manifest describes it."""
        return {
            "name": self.name,
            "schema": self.schema,
            "rows": self.manifest.rows,
            "bytes": sum(file.bytes for file in self.manifest.files),
            "files": len(self.manifest.files),
            "columns": [
                {"name": name, "type": kind} | ({"missing": True} if name in self.missing else {})
                for name, kind in self.columns.items()
            ],
        }


def clear(places: Places, tables: Iterable[str]) -> None:
    """Take away what an earlier, perhaps killed, call left, manifests first."""
    (places.raw / MANIFEST).unlink(missing_ok=True)
    for folder in (places.rejected, *(places.raw / table for table in tables)):
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder / MANIFEST, *folder.glob("part-*.parquet")):
            path.unlink(missing_ok=True)


def log_missing(columns: Mapping[str, Sequence[str]], tables: Sequence[str]) -> None:
    """Log once which columns of which tables, and which tables, the source lacks."""
    names = [f"{table}.{column}" for table, lacking in columns.items() for column in lacking]
    if names:
        log.warning("the source lacks %s: nulls stand for them", ", ".join(names))
    if tables:
        log.warning("the source lacks the tables %s: they come without rows", ", ".join(tables))


def seal_rejected(directory: Path, names: Sequence[str]) -> Manifest:
    """The manifest of the rejected rows in the files of these names; where there are none, in an empty one."""
    if not names:
        names = ["part-00000.parquet"]
        pq.write_table(REJECTED.empty_table(), directory / names[0])
    return datasets.seal(directory, names)


def finish(
    raw: Path,
    tables: Sequence[Extracted],
    rejected: Manifest,
    source: Mapping[str, str],
    details: Mapping[str, Any] = MappingProxyType({}),
) -> Summary:
    """What was extracted. The manifest over all tables is written now; it lists every file, as any dataset's does."""
    files = [{**asdict(file), "name": f"{table.name}/{file.name}"} for table in tables for file in table.manifest.files]
    described = [table.described for table in tables]
    content = {"files": files, "tables": described, "source": source}
    write_atomically(raw / MANIFEST, json.dumps(content, indent=2).encode())
    rows = sum(table.manifest.rows for table in tables)
    sizes = {table["name"]: {key: table[key] for key in ("rows", "bytes", "files")} for table in described}
    return Summary(
        rows_in=rows + rejected.rows,
        rows_out=rows,
        rows_rejected=rejected.rows,
        details={"tables": sizes, "source": source, **_lacking(tables), **details},
    )


def read_extract_manifest(raw: Path) -> dict[str, Any]:
    """The manifest of an extract; empty where somebody else has laid the tables there."""
    path = raw / MANIFEST
    manifest: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return manifest


def taken_at(raw: Path) -> datetime | None:
    """The instant whose state of the source the extract has; None where its manifest does not say."""
    taken = read_extract_manifest(raw).get("source", {}).get("taken_at")
    return parse_instant(taken) if taken else None


def _lacking(tables: Sequence[Extracted]) -> dict[str, Any]:
    """The optional columns and tables that the source does not have, where there are any."""
    lacking = {
        "missing_columns": {table.name: list(table.missing) for table in tables if table.missing and not table.absent},
        "missing_tables": [table.name for table in tables if table.absent],
    }
    return {key: names for key, names in lacking.items() if names}
