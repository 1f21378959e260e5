"""What a pipeline's file declares: a dataset with table and contract, when it runs, how runs share the table."""

from components.shell.schema import Contract, Table, columns
from stockpot.dataset import Dataset, Pipeline, Source
from stockpot.definition import Schedule
from stockpot.modes import AppendStream, FullRefresh, IncrementalByTime, Snapshot, Versioned
from stockpot.origins import Origins
from stockpot.run import Run
from stockpot.streams import Topics
from stockpot.target import Target

__all__ = [
    "AppendStream", "Contract", "Dataset", "FullRefresh", "IncrementalByTime", "Origins", "Pipeline", "Run", "Schedule",
    "Snapshot", "Source", "Table", "Target", "Topics", "Versioned", "columns",
]  # fmt: skip
