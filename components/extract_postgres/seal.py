"""What an extract from Postgres leaves: datasets, and what it says of their source and of odd values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from components.extract_postgres.copy import Copied, Part
from components.extract_postgres.snapshot import Snapshot
from components.extract_postgres.tables import Table
from components.extract_postgres.unfit import Policy
from components.shell import datasets, extracts
from components.shell.datasets import Manifest
from components.shell.extracts import Extracted, Places
from components.shell.instants import format_instant
from components.shell.summary import Summary


def seal(  # noqa: PLR0917 - all of them are told
    places: Places,
    tables: Sequence[Table],
    parts: Sequence[Part],
    copied: Mapping[Path, Copied],
    snapshot: Snapshot,
    timeline: str,
) -> Summary:
    """Write the manifests, the one over all tables last."""
    written = [part.rejected.name for part in parts if part.rejected.exists()]
    rejected = extracts.seal_rejected(places.rejected, written)
    sealed = [_extracted(table, _sealed(places.raw / table.name, table, parts)) for table in tables]
    source = {
        "system": snapshot.system,
        "server_version": snapshot.server,
        "snapshot": snapshot.transactions,
        "lsn": snapshot.lsn,
        "timeline": timeline,
        "taken_at": format_instant(snapshot.at),
    }
    return extracts.finish(places.raw, sealed, rejected, source, _oddities(parts, copied))


def _extracted(table: Table, manifest: Manifest) -> Extracted:
    types = {column.name: column.type for column in table.columns}
    return Extracted(table.name, table.schema, types, table.missing, manifest, absent=not table.kind)


def _sealed(directory: Path, table: Table, parts: Sequence[Part]) -> Manifest:
    names = [part.path.name for part in parts if part.table is table]
    if not names:
        names = ["part-00000.parquet"]
        pq.write_table(table.arrow.empty_table(), directory / names[0])
    return datasets.seal(directory, names)


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
        unfit = copied[part.path].unfit
        counts.update({(f"{part.table.name}.{column}", policy): number for (column, policy), number in unfit.items()})
    by_policy = {
        key: {column: number for (column, name), number in sorted(counts.items()) if name == policy}
        for key, policy in (("rejected", Policy.REJECT), ("nulled", Policy.NULL), ("clamped", Policy.CLAMP))
    }
    return {key: columns for key, columns in {"as_text": as_text, **by_policy}.items() if columns}
