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


@pytest.fixture(scope="session")
def whole() -> Callable[[pa.Table], Any]:
    """A function that hands the library itself a table as one frame; what it gives validates expectations."""
    from components.check_quality.expectations import (  # noqa: PLC0415 - it takes seconds to load
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        gx,
    )

    plain = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults())
    context = gx.get_context(mode="ephemeral", project_config=plain)
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("whole").add_dataframe_asset("rows")
    frames = asset.add_batch_definition_whole_dataframe("frame")
    return lambda table: frames.get_batch({"dataframe": table.to_pandas(date_as_object=False)})
