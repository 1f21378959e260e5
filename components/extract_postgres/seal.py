"""What an extract leaves: a dataset per table under one manifest, the rejected rows, and the summary."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from components.extract_postgres.copy import Copied, Part
from components.extract_postgres.project import missing_columns
from components.extract_postgres.snapshot import Snapshot
from components.extract_postgres.tables import Table
from components.extract_postgres.unfit import REJECTED, Policy
from components.shell import datasets
from components.shell.datasets import MANIFEST, Manifest
from components.shell.files import write_atomically
from components.shell.instants import format_instant
from components.shell.summary import Summary


@dataclass(frozen=True)
class Places:
    """Where an extract writes: a directory with a dataset per table, and the dataset of rejected rows."""

    raw: Path
    rejected: Path


def clear(places: Places, tables: Sequence[Table]) -> None:
    """Take away what an earlier, perhaps killed, call left, manifests first."""
    (places.raw / MANIFEST).unlink(missing_ok=True)
    for folder in (places.rejected, *(places.raw / table.name for table in tables)):
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder / MANIFEST, *folder.glob("part-*.parquet")):
            path.unlink(missing_ok=True)


def seal(
    places: Places, tables: Sequence[Table], parts: Sequence[Part], copied: Mapping[Path, Copied], snapshot: Snapshot
) -> Summary:
    """Write the manifests, the one over all tables last; it lists every file, so it is read like any dataset's."""
    rejected = _seal_rejected(places.rejected, parts)
    sealed = {table.name: _sealed(places.raw / table.name, table, parts) for table in tables}
    files = [
        {**asdict(file), "name": f"{name}/{file.name}"} for name, manifest in sealed.items() for file in manifest.files
    ]
    described = [_described(table, sealed[table.name]) for table in tables]
    source = {
        "system": snapshot.system,
        "server_version": snapshot.server,
        "snapshot": snapshot.transactions,
        "lsn": snapshot.lsn,
        "taken_at": format_instant(snapshot.at),
    }
    content = {"files": files, "tables": described, "source": source}
    write_atomically(places.raw / MANIFEST, json.dumps(content, indent=2).encode())
    rows = sum(manifest.rows for manifest in sealed.values())
    details = {table["name"]: {key: table[key] for key in ("rows", "bytes", "files")} for table in described}
    return Summary(
        rows_in=rows + rejected.rows,
        rows_out=rows,
        rows_rejected=rejected.rows,
        details={"tables": details, "source": source, **_lacking(tables), **_oddities(parts, copied)},
    )


def _sealed(directory: Path, table: Table, parts: Sequence[Part]) -> Manifest:
    names = [part.path.name for part in parts if part.table is table]
    if not names:
        names = ["part-00000.parquet"]
        pq.write_table(table.arrow.empty_table(), directory / names[0])
    return datasets.seal(directory, names)


def _seal_rejected(directory: Path, parts: Sequence[Part]) -> Manifest:
    written = [part.rejected for part in parts if part.rejected.exists()]
    if not written:
        written = [directory / "part-00000.parquet"]
        pq.write_table(REJECTED.empty_table(), written[0])
    return datasets.seal(directory, [path.name for path in written])


def _lacking(tables: Sequence[Table]) -> dict[str, Any]:
    """The optional columns and tables that the source does not have, where there are any."""
    lacking = {
        "missing_columns": missing_columns([table for table in tables if table.kind]),
        "missing_tables": [table.name for table in tables if not table.kind],
    }
    return {key: found for key, found in lacking.items() if found}


def _oddities(parts: Sequence[Part], copied: Mapping[Path, Copied]) -> dict[str, Any]:
    """Each kind of oddity once, where there is any: columns kept as text, values per column and policy."""
    as_text = {
        f"{part.table.name}.{column.name}": column.type
        for part in parts
        for column in part.table.columns
        if column.made_text
    }
    counts: Counter[tuple[str, str]] = Counter()
    for part in parts:
        found = copied[part.path].unfit
        counts.update({(f"{part.table.name}.{column}", policy): number for (column, policy), number in found.items()})
    by_policy = {
        key: {column: number for (column, name), number in sorted(counts.items()) if name == policy}
        for key, policy in (("rejected", Policy.REJECT), ("nulled", Policy.NULL), ("clamped", Policy.CLAMP))
    }
    return {key: found for key, found in {"as_text": as_text, **by_policy}.items() if found}


def _described(table: Table, manifest: Manifest) -> dict[str, Any]:
    return {
        "name": table.name,
        "schema": table.schema,
        "rows": manifest.rows,
        "bytes": sum(file.bytes for file in manifest.files),
        "files": len(manifest.files),
        "columns": [
            {"name": column.name, "type": column.type} | ({} if column.source else {"missing": True})
            for column in table.columns
        ],
    }
