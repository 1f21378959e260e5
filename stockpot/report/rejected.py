"""The rows that steps of a run have rejected: how many for which reason, and where they lie."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from components.pages.model import Rejected
from components.shell.datasets import MANIFEST, files
from components.shell.legible import on_one_line
from stockpot.local.records import TaskRecord

_OUTPUT, _REASON, _NO_REASON = "rejected", "reason", "no reason told"


def rejected(steps: Sequence[TaskRecord], directory: Path) -> list[Rejected]:
    """What each step has rejected that left rows under that name, below the run's directory; nothing of nothing.

    Rows that cannot be read are left out.
    """
    paths = [(step, step.artifacts[_OUTPUT]) for step in steps if _OUTPUT in step.artifacts]
    rejections = [Rejected(step.title or step.id, path, _reasons(directory / path)) for step, path in paths]
    return [each for each in rejections if each.reasons]


def _reasons(dataset: Path) -> Mapping[str, int]:
    """Rows by reason, the most frequent first; none of rows that cannot be read."""
    try:
        return _counted(dataset) if (dataset / MANIFEST).is_file() else {}
    except Exception:  # noqa: BLE001 - a run's page is a page without them too
        return {}


def _counted(dataset: Path) -> Mapping[str, int]:
    import pyarrow.parquet as pq

    counts: dict[str, int] = {}
    for file in files(dataset):
        part = pq.ParquetFile(file)
        if _REASON not in part.schema_arrow.names:
            counts[_NO_REASON] = counts.get(_NO_REASON, 0) + part.metadata.num_rows
            continue
        for batch in part.iter_batches(columns=[_REASON]):
            for each in batch[_REASON].value_counts().to_pylist():
                reason = _NO_REASON if each["values"] is None else on_one_line(str(each["values"]))
                counts[reason] = counts.get(reason, 0) + each["counts"]
    reasons = {reason: rows for reason, rows in counts.items() if rows}
    return dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0])))
