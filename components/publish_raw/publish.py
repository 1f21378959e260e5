"""Raw tables, put into the data lake so that a reader never meets half of one.

Under `raw/{table}/{run_key}/` the manifest is taken away first and put back last, so the files can be trusted while it
is there. Of two runs of one key at the same time, with other rows, each looks at the end whether all is its own, and is
tried again where it is not; who must be sure in between compares the files with the manifest's sha-256.
`raw/{table}/latest.parquet` is one object, and a store replaces an object whole. When all are there, folders of old
runs go: they hold whole tables, with whoever has been forgotten since.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.connect.store import require_bucket
from components.publish_raw.expire import expire
from components.publish_raw.latest import Origin, publish_latest
from components.publish_raw.objects import Bucket
from components.shell.datasets import MANIFEST, Manifest, read_manifest
from components.shell.errors import ConfigurationError, ContractError, StepError, TransientError
from components.shell.instants import EPOCH, parse_instant
from components.shell.progress import report
from components.shell.summary import Summary

if TYPE_CHECKING:
    from minio import Minio

log = logging.getLogger(__name__)

_RUN_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]*")


@dataclass(frozen=True)
class Raw:
    """What `extract_postgres` wrote: its tables by name, and the snapshot they show."""

    tables: Mapping[str, Manifest]
    origin: Origin


def publish(client: "Minio", bucket: str, directory: Path, run_key: str, kept_since: datetime = EPOCH) -> Summary:
    """Put every table below `directory` under the run's key and as the table's latest; what is there already stays.

    What runs before `kept_since` have put under their keys is removed, and that it cannot be is a warning.

    Raises:
        ConfigurationError: the bucket is missing, the keys are wrong, or the run's key is no part of a path.
        ContractError: the raw tables are incomplete.
        TransientError: the store does not answer, or another run of the same key was at it too.
    """
    if not _RUN_KEY.fullmatch(run_key):
        raise ConfigurationError(
            f"run_key '{run_key}' cannot be part of an object's name", "use letters, digits, . _ = -"
        )
    raw = read_raw(directory, run_key)
    require_bucket(client, bucket)
    lake = Bucket(client, bucket)
    details: dict[str, Any] = {}
    for number, (name, manifest) in enumerate(raw.tables.items(), start=1):
        put = publish_run(lake, directory / name, f"raw/{name}/{run_key}", manifest)
        latest = publish_latest(lake, directory / name, f"raw/{name}", manifest, raw.origin)
        size = sum(file.bytes for file in manifest.files)
        details[name] = {
            "rows": manifest.rows,
            "bytes": size,
            "objects": len(manifest.files) + 1,
            "put": put,
            "latest": latest,
        }
        log.info("%s: %d of %d objects put, latest %s", name, put, len(manifest.files) + 1, latest)
        report(number, len(raw.tables))
    for name in raw.tables:
        details[name]["expired"] = _expired(lake, name, run_key, kept_since)
    rows = sum(manifest.rows for manifest in raw.tables.values())
    return Summary(rows_in=rows, rows_out=rows, details={"bucket": bucket, "tables": details})


def _expired(lake: Bucket, table: str, run_key: str, before: datetime) -> int | None:
    """How many folders of old runs went; None where that is not known."""
    try:
        return expire(lake, f"raw/{table}", run_key, before)
    except StepError as error:
        log.warning("%s: what old runs have put cannot be removed, the next run tries again: %s", table, error)
        return None


def read_raw(directory: Path, run_key: str) -> Raw:
    """The complete tables below `directory`.

    Raises:
        ContractError: there is no manifest over them, or a file is missing or cut.
    """
    read_manifest(directory)
    content = json.loads((directory / MANIFEST).read_bytes())
    if "tables" not in content:
        raise ContractError(
            f"dataset {directory.name} is no set of raw tables", "hand over what extract_postgres wrote"
        )
    tables = {table["name"]: read_manifest(directory / table["name"]) for table in content["tables"]}
    source = content.get("source", {})
    # The second number of a snapshot, `xmin:xmax:…`, grows with every transaction of a database system.
    snapshot = source.get("snapshot", "").split(":")
    number = int(snapshot[1]) if len(snapshot) > 1 and source.get("system") else None
    line, taken = source.get("timeline", ""), source.get("taken_at", "")
    at = parse_instant(taken) if taken else None
    return Raw(tables, Origin(run_key, source.get("system", ""), number, int(line) if line else 0, at))


def publish_run(lake: Bucket, directory: Path, prefix: str, manifest: Manifest) -> int:
    """Put the table's files and its manifest, and remove what an earlier try left; return how many objects were put.

    Raises:
        TransientError: a twin put others in between. A manifest that does not fit the files is not left.
    """
    if _is_there(lake, directory, prefix, manifest):
        return 0
    lake.remove(f"{prefix}/{MANIFEST}")
    put = sum(lake.put(f"{prefix}/{file.name}", directory / file.name, file.sha256) for file in manifest.files)
    for name in lake.written(f"{prefix}/").keys() - {f"{prefix}/{file.name}" for file in manifest.files}:
        lake.remove(name)
    put += lake.put(f"{prefix}/{MANIFEST}", directory / MANIFEST)
    if not _is_there(lake, directory, prefix, manifest):
        if lake.has(f"{prefix}/{MANIFEST}", directory / MANIFEST):
            lake.remove(f"{prefix}/{MANIFEST}")
        raise TransientError(f"another run put other files under {prefix} at the same time", "try again")
    return put


def _is_there(lake: Bucket, directory: Path, prefix: str, manifest: Manifest) -> bool:
    return lake.has(f"{prefix}/{MANIFEST}", directory / MANIFEST) and all(
        lake.has(f"{prefix}/{file.name}", directory / file.name, file.sha256) for file in manifest.files
    )
