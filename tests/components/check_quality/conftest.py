"""Datasets and contracts for the quality check."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.check_quality.check import check
from components.check_quality.contract import parse_contract
from components.shell import datasets
from components.shell.baseline import Baseline

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
Judged = Callable[..., Any]


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """A function that holds a table, written as several row groups and files, against a contract: findings by name."""

    def run(table: pa.Table, *, baseline: Baseline | None = None, as_list: bool = False, **contract: Any) -> Any:
        datasets.write_dataset(tmp_path / "rows", table.schema, table.to_batches(max_chunksize=7), rows_per_file=20)
        rows, findings = check(tmp_path / "rows", parse_contract(contract, AS_OF), baseline)
        assert rows == table.num_rows
        if as_list:
            return findings
        return {finding.name: finding for finding in findings}

    return run
