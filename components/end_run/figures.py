"""The figures of a run, which Kubeflow Pipelines draws as a `Metrics` artifact and compares between runs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.end_run.outcome import Outcome
from components.iceberg.details import QUALITY
from components.shell.executor import executor_input, write_metadata
from components.shell.files import write_atomically

OUTPUT = "metrics"
"""The output that holds them."""
_OF_CHECK = {"met": "expectations_met", "warned": "expectations_warned", "label_share": "label_share"}


def of_run(outcome: Outcome) -> dict[str, float]:
    """Rows, expectations and the label's share as the run's row in `etl_runs` has them, and how many seconds it took.

    What is not known is left out.
    """
    values: dict[str, float] = {}
    if outcome.commits:
        record = outcome.commits.record
        values = {name: getattr(record, name) for name in ("rows_in", "rows_out", "rows_rejected")}
        values |= _of_check(record.details.get(QUALITY))
    if (closed := outcome.closed) and closed.started:
        values["seconds"] = round((closed.finished - closed.started).total_seconds(), 3)
    return values


def _of_check(quality: Any) -> dict[str, float]:
    said = quality if isinstance(quality, Mapping) else {}
    return {name: said[key] for key, name in _OF_CHECK.items() if isinstance(said.get(key), int | float)}


def write_figures(path: Path, figures: Mapping[str, float], text: str) -> None:
    """Write the figures to the artifact's file, and tell them as its metadata where KFP asks, by its executor input."""
    write_atomically(path, json.dumps(figures, indent=2).encode())
    write_metadata(executor_input(text), OUTPUT, figures)
