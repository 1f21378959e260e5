"""What a pipeline says of its tables and of their rows, as values that are checked where they are written.

Pipelines and steps share it; it loads nothing but the standard library.
"""

from components.shell.schema.columns import Column, columns
from components.shell.schema.contracts import Contract
from components.shell.schema.expectations import Expect
from components.shell.schema.rule import ERROR, WARNING, Rule
from components.shell.schema.rules import (
    Between,
    MaxGap,
    Mean,
    NotAfterAsOf,
    OneOf,
    Ordered,
    RowCount,
    Share,
    Unique,
)
from components.shell.schema.tables import Late, Table
from components.shell.schema.wide_rules import Change, Compare, Continuous, Distinct, Drift, References, Tree, Vectors

__all__ = [
    "ERROR", "WARNING", "Between", "Change", "Column", "Compare", "Continuous", "Contract", "Distinct", "Drift",
    "Expect", "Late", "MaxGap", "Mean", "NotAfterAsOf", "OneOf", "Ordered", "References", "RowCount", "Rule", "Share",
    "Table", "Tree", "Unique", "Vectors", "columns",
]  # fmt: skip
