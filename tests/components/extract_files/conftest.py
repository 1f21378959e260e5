"""Files of a shop to lay somewhere, and what the step makes of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from components.extract_files.extract import Request, extract
from components.shell import datasets
from components.shell.extracts import Places
from components.shell.summary import Summary

SALES = ["transaction_id long?", "t_dat ~date", "customer_id", "article_id", "price ~decimal(20,9)"]
BUYERS = ["customer_id", "age int?", "active|Active boolean?", "signup_date timestamptz?"]
TABLES = {"sales|transactions_train": SALES, "customers?": ["customer_id string", *BUYERS[1:]]}
CANARY = "canary-12345"


def lay(directory: Path, **files: str | bytes | pa.Table | Mapping[str, Any]) -> Path:
    """The files in a directory, mappings as folders; `__` in a name stands for a dot."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = directory / name.replace("__", ".")
        if isinstance(content, pa.Table):
            pq.write_table(content, path)
        elif isinstance(content, Mapping):
            lay(path, **content)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return directory


def extracted(directory: Path, path: Path | str, tables: Mapping[str, Any] = TABLES, **more: Any) -> Summary:
    """What the step says that it did."""
    places = Places(directory / "raw", directory / "rejected")
    return extract(Request(tables, "files", str(path), **more), places)


def rows(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]
