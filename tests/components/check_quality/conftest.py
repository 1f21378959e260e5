"""Datasets and contracts for the quality check."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.check_quality.check import check
from components.check_quality.contract import parse_contract
from components.check_quality.outcomes import Finding
from components.shell import datasets

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
Judged = Callable[..., dict[str, Finding]]


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """A function that holds a table, written as several row groups and files, against a contract: findings by name."""

    def run(table: pa.Table, **contract: Any) -> dict[str, Finding]:
        datasets.write_dataset(tmp_path / "rows", table.schema, table.to_batches(max_chunksize=7), rows_per_file=20)
        rows, findings = check(tmp_path / "rows", parse_contract(contract, AS_OF))
        assert rows == table.num_rows
        return {finding.name: finding for finding in findings}

    return run
