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


def of_run(outcome: Outcome) -> dict[str, float]:
    """Rows and expectations as the run's row in `etl_runs` has them, and how many seconds it took.

    What is not known is left out.
    """
    values: dict[str, float] = {}
    if outcome.commits:
        record = outcome.commits.record
        values = {name: getattr(record, name) for name in ("rows_in", "rows_out", "rows_rejected")}
        values |= _expectations(record.details.get(QUALITY))
    if (closed := outcome.closed) and closed.started:
        values["seconds"] = round((closed.finished - closed.started).total_seconds(), 3)
    return values


def _expectations(quality: Any) -> dict[str, float]:
    counts = quality if isinstance(quality, Mapping) else {}
    return {f"expectations_{state}": counts[state] for state in ("met", "warned") if isinstance(counts.get(state), int)}


def write_figures(path: Path, figures: Mapping[str, float], text: str) -> None:
    """Write the figures to the artifact's file, and tell them as its metadata where KFP asks, by its executor input."""
    write_atomically(path, json.dumps(figures, indent=2).encode())
    write_metadata(executor_input(text), OUTPUT, figures)
